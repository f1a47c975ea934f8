import type { Hop } from '@release-manager/contract';

import type { FoundArtifact, Step } from './where-store.ts';

interface Mark {
  readonly name: string;
  readonly at: Date;
}

/**
 * From CI to the verdict. When it was built is what CI says by its own clock: a hop that would end before it began took no time.
 */
export function artifactHops(artifact: FoundArtifact): Hop[] {
  const { state, built_from: from, built_at: built, registered_at: registered, verified_at: verified } = artifact;
  const builtAt = dateOf(built);
  return toHops(
    [
      ...(builtAt === undefined ? [] : [{ name: 'built', at: builtAt }]),
      { name: 'registered', at: registered },
      ...(verified !== null && (state === 'ready' || state === 'rejected') ? [{ name: state, at: verified }] : []),
    ],
    builtAt === undefined ? undefined : dateOf(from),
  );
}

export interface ReleaseMoments {
  readonly requestedAt: Date;
  readonly committedAt?: Date | undefined;
}

/** From the request to what the clusters made of it. @param readyAt what it could have been asked for from */
export function releaseHops(release: ReleaseMoments, steps: readonly Step[], readyAt: Date | undefined): Hop[] {
  const { requestedAt, committedAt } = release;
  const marks: Mark[] = [{ name: 'requested', at: requestedAt }];
  for (const { state, at } of steps) if (marks.at(-1)?.name !== state) marks.push({ name: state, at });
  // The ledger of a rebuilt database does not go back that far.
  const isCommitted = marks.some(({ name }) => name === 'committed');
  if (!isCommitted && committedAt !== undefined) marks.splice(1, 0, { name: 'committed', at: committedAt });
  return toHops(marks, readyAt);
}

function toHops(marks: readonly Mark[], since: Date | undefined): Hop[] {
  let before = since;
  return marks.map(({ name, at }) => {
    const seconds = Math.max(0, at.getTime() - (before ?? at).getTime()) / 1000;
    before = at;
    return { name, at: at.toISOString(), seconds };
  });
}

/** CI may say anything. */
function dateOf(text: string | null): Date | undefined {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}
