import { actorName, compact, isArtifactId, type Actor, type GitIdentity } from '@release-manager/domain';
import { z } from 'zod';

import { identityText } from './commit-message.ts';
import { oneLine } from './one-line.ts';
import { stableJson } from './release-json.ts';

const longestReason = 1000;
/** Far above what anybody sets; a file beyond it was not written by us. */
const mostQuarantines = 10_000;

/** Far above what anybody changes, and far below where counting ends. */
const mostVersions = 2 ** 40;

/**
 * One line as we write it: cut by characters, and some of those are two units long. What no database can keep is not believed,
 * since one such file would keep all others from being read.
 */
const text = (longest: number) =>
  z
    .string()
    .max(2 * longest)
    .refine((words) => words.isWellFormed() && !/\p{Cc}/u.test(words), 'one line, no control characters');
/** A year that a database, an id and this file itself can hold. */
const Time = z.iso.datetime({ offset: true }).refine((time) => {
  const year = new Date(time).getUTCFullYear();
  return year >= 1970 && year <= 9999;
}, 'a year from 1970 to 9999');
const Someone = { id: text(200), name: text(200), email: text(320) };

/** Only who can set one: a person, an administrator, the manager itself. */
const StateActor = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), ...Someone }),
  z.strictObject({ kind: z.literal('admin'), ...z.object(Someone).partial().shape }),
  z.strictObject({ kind: z.literal('manager') }),
]);

const stop = {
  reason: text(longestReason),
  by: StateActor,
  since: Time,
  /** The rollback that set it. */
  release: z
    .string()
    .regex(/^rel_[0-9a-z]{26}$/)
    .optional(),
};

/** `state/<environment>/<service>.json`: what must survive the database. Strict: what it says stops releases. */
export const StateFile = z.strictObject({
  schemaVersion: z.literal(1),
  environment: z.string(),
  service: z.string(),
  /** Grows with each change of the target; a database that counts less has forgotten something. */
  version: z.number().int().nonnegative().max(mostVersions),
  hold: z.strictObject({ ...stop, until: Time.optional() }).optional(),
  quarantines: z.array(z.strictObject({ artifact: z.string().refine(isArtifactId), ...stop })).max(mostQuarantines),
});
export type StateFile = z.infer<typeof StateFile>;

/** Who stopped something, and why, as the manager knows it. */
export interface StateStop {
  readonly reason: string;
  readonly actor: Actor;
  readonly since: Date;
  readonly releaseId?: string | undefined;
}

export interface StateInput {
  readonly environment: string;
  readonly service: string;
  readonly version: number;
  readonly hold?: (StateStop & { readonly until?: Date | undefined }) | undefined;
  readonly quarantines: readonly (StateStop & { readonly artifactId: string })[];
}

/**
 * What the file says; its texts are one harmless line each. A file that has nothing to say any more stays and says so: without it
 * nobody could tell a hold that ended from one that was forgotten.
 */
export function stateOf({ environment, service, version, hold, quarantines }: StateInput): StateFile {
  return compact({
    schemaVersion: 1 as const,
    environment,
    service,
    version,
    hold: hold && compact({ ...stopEntry(hold), until: hold.until?.toISOString() }),
    quarantines: quarantines
      .map((each) => ({ artifact: each.artifactId, ...stopEntry(each) }))
      .toSorted((a, b) => (a.artifact < b.artifact ? -1 : 1)),
  });
}

/** The same data is the same bytes. */
export function stateFile(state: StateFile): Uint8Array {
  return stableJson(state);
}

/** @returns the problem in words when it is not a file that we would write */
export function parseStateFile(content: Uint8Array): StateFile | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return { problem: 'it is no JSON' };
  }
  const parsed = StateFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { problem: oneLine(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'it is not as we write it'}`) };
}

/** Whether both stop the same, whatever they count. Where there is no file nothing is stopped. */
export function saysTheSame(one: StateFile | undefined, other: StateFile): boolean {
  if (one === undefined) return other.hold === undefined && other.quarantines.length === 0;
  const content = (state: StateFile): string => Buffer.from(stableJson({ ...state, version: 0 })).toString('utf8');
  return content(one) === content(other);
}

/** The actor that a file names. */
export function stateActor(by: StateFile['quarantines'][number]['by']): Actor {
  if (by.kind === 'manager') return { kind: 'manager' };
  const { id, name = '', email = '' } = by;
  if (by.kind === 'person') return { kind: 'person', person: { id: by.id, name, email } };
  return id === undefined ? { kind: 'admin' } : { kind: 'admin', person: { id, name, email } };
}

export interface StateMessageInput {
  readonly environment: string;
  readonly service: string;
  /** Such as `hold set`. */
  readonly says: string;
  readonly actor: Actor;
  readonly author: GitIdentity;
  readonly reason?: string | undefined;
}

/** The message of a commit that changes only a state file. It carries no `Release-Id`: it is no release. */
export function stateMessage({ environment, service, says, actor, author, reason }: StateMessageInput): string {
  const target = `${oneLine(environment)}/${oneLine(service)}`;
  const trailers: readonly (readonly [string, string])[] = [
    ['Service', oneLine(service)],
    ['Environment', oneLine(environment)],
    ['Changed-By', identityText(author)],
    ['Reason', oneLine(reason ?? '', longestReason)],
  ];
  const lines = trailers.flatMap(([key, value]) => (value === '' ? [] : [`${key}: ${value}`]));
  return `[${target}] ${oneLine(says)} by ${oneLine(actorName(actor))}\n\n${lines.join('\n')}\n`;
}

function stopEntry({ reason, actor, since, releaseId }: StateStop) {
  return compact({
    reason: oneLine(reason, longestReason),
    by: byOf(actor),
    since: since.toISOString(),
    release: releaseId,
  });
}

function byOf(actor: Actor): StateFile['quarantines'][number]['by'] {
  const known = actor.kind === 'person' || actor.kind === 'admin' ? actor.person : undefined;
  const person = known && {
    id: oneLine(known.id),
    name: oneLine(known.name),
    email: oneLine(known.email, 320),
  };
  if (actor.kind === 'person' && person !== undefined) return { kind: 'person', ...person };
  return actor.kind === 'admin' ? { kind: 'admin', ...person } : { kind: 'manager' };
}
