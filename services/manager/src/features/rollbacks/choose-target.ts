import { AppError } from '@release-manager/domain';

import { isNewerThere } from './is-newer-there.ts';
import { endingOf, type PastRelease, type Situation } from './past-release.ts';

/** Where a rollback goes. */
export interface Target {
  readonly artifactId: string;
  /** The last release that put it there. */
  readonly release: PastRelease;
  /** `healthy`, or `committed` where nobody reported how it went. */
  readonly ended: 'healthy' | 'committed';
  /** When its place was taken; absent where it still is there. */
  readonly until?: Date;
}

/** What is listed at most in a refusal. */
const mostNamed = 5;

/**
 * The newest artifact before the current one that ended healthy there, differs from it and is not quarantined there. Where no
 * report tells, having been committed there is enough; an artifact that is known to have failed is never chosen.
 * @throws AppError not-found `rollback.nothing-to-go-back-to`, naming what was there and why it was passed over
 */
export function chooseTarget(situation: Situation): Target {
  const { past, current, quarantined } = situation;
  const candidates = artifactsOf(past).filter(
    (id) => id !== current && !quarantined.has(id) && !isNewerThere(id, situation),
  );
  const proven = candidates.find((id) => ['healthy', 'unreported'].includes(endingOf(id, past) ?? ''));
  // Whoever reported has fallen silent: better what nobody complained of than nothing at all.
  const chosen = proven ?? candidates.find((id) => endingOf(id, past) === 'open');
  if (chosen === undefined) throw nothingThere(situation);
  return targetAt(chosen, past);
}

/**
 * The artifact that somebody named, if it is a way back.
 * @returns nothing when it never was there; why not is for the caller to find out
 * @throws AppError conflict `rollback.to-newer`; denied `rollback.quarantined`
 */
export function takeNamed(to: string, situation: Situation): Target | undefined {
  const { past, quarantined, environment } = situation;
  if (past.every(({ artifactId }) => artifactId !== to)) return undefined;
  // What is quarantined could not go forward either, so that is said first.
  if (quarantined.has(to)) {
    throw new AppError('denied', 'rollback.quarantined', `${to} is quarantined in ${environment}.`, {
      next: `see why with \`release-cli why ${environment} --artifact ${to}\`; \`release-cli quarantine ${to} --lift\` lifts it`,
    });
  }
  if (isNewerThere(to, situation)) throw toNewer(to, situation);
  return targetAt(to, past);
}

/** The last release there of an artifact that was there. */
export function targetAt(artifactId: string, past: readonly PastRelease[]): Target {
  const index = past.findIndex((release) => release.artifactId === artifactId);
  const release = past[index];
  if (release === undefined) throw new AppError('bug', 'rollback.no-release', `${artifactId} never was there.`);
  const next = past[index - 1];
  return {
    artifactId,
    release,
    ended: endingOf(artifactId, past) === 'healthy' ? 'healthy' : 'committed',
    ...(next === undefined ? {} : { until: next.committedAt }),
  };
}

function toNewer(to: string, { service, environment, current }: Situation): AppError {
  return new AppError(
    'conflict',
    'rollback.to-newer',
    `${to} is newer than ${current ?? 'what is there'}: that is no way back.`,
    { next: `go forward with \`release-cli release --artifact ${to} ${environment} --service ${service}\`` },
  );
}

function nothingThere(situation: Situation): AppError {
  const { service, environment, past, current, quarantined } = situation;
  const passedOver = artifactsOf(past)
    .filter((id) => id !== current)
    .map((id) => `${id} (${whyNot(id, quarantined, situation)})`);
  const words =
    passedOver.length === 0
      ? `nothing was committed there before ${current ?? 'now'}`
      : `what was there before: ${passedOver.slice(0, mostNamed).join(', ')}`;
  return new AppError(
    'not-found',
    'rollback.nothing-to-go-back-to',
    `There is nothing that ${service} could go back to in ${environment}: ${words}.`,
    { next: wayOn(situation) },
  );
}

/** What leads on all the same, of the newest that was passed over. */
function wayOn(situation: Situation): string {
  const { service, environment, past, current, quarantined } = situation;
  const others = artifactsOf(past).filter((id) => id !== current);
  const failed = others.find((id) => whyNot(id, quarantined, situation) === 'failed there');
  if (failed !== undefined) return `if it is to be one of them all the same, name it: --to ${failed}`;
  const free = others.find((id) => !quarantined.has(id));
  const forward = `\`release-cli release --artifact ${free ?? '<id>'} ${environment} --service ${service}\``;
  const [bad] = others;
  if (bad === undefined || free !== undefined) return `go forward with ${forward}`;
  return `lift its quarantine with \`release-cli quarantine ${bad} --lift\`, or go forward with ${forward}`;
}

function whyNot(id: string, quarantined: ReadonlySet<string>, situation: Situation): string {
  if (quarantined.has(id)) return 'quarantined';
  return isNewerThere(id, situation) ? 'newer' : 'failed there';
}

/** Each once, the last committed first. */
function artifactsOf(past: readonly PastRelease[]): readonly string[] {
  return [...new Set(past.flatMap(({ artifactId }) => artifactId ?? []))];
}
