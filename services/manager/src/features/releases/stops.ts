import type { Edit } from '@release-manager/config-repo';
import { decide, type Decision, type GitIdentity, type RuleOpinion } from '@release-manager/domain';
import type { TreeReader } from '@release-manager/git';
import type { Db } from '@release-manager/postgres';

/**
 * The rules that somebody sets and lifts while releases wait, beside those of the config repo. What they said is replaced by what
 * they say now whenever one of them changes.
 */
const stopRules: ReadonlySet<string> = new Set(['recovery', 'hold', 'quarantine']);

export function isStopRule(rule: string): boolean {
  return stopRules.has(rule);
}

/** A release, as far as it can be stopped. */
export interface StopSubject {
  readonly service: string;
  readonly environment: string;
  /** Absent: an undeploy. */
  readonly artifactId?: string | undefined;
  readonly automatic: boolean;
}

/** What became of a release that brought holds and quarantines of its own. */
export type SettledAs = 'committed' | 'refused' | 'cancelled';

/** A file that tells of stops, as it has to be in the config repo. */
export interface StopFile {
  readonly service: string;
  readonly environment: string;
  /** That of the rows it was made from. */
  readonly version: number;
  /** Nothing where the file already says it. */
  readonly edits: readonly Edit[];
  readonly message: string;
  readonly author: GitIdentity;
}

/** Who keeps holds and quarantines, as automation, people's requests and the writer need them. */
export interface Stops {
  /**
   * What is set against these releases at that time: denials, waits, and what a person is told although it does not stop them.
   * What must not change before the caller's transaction ends has to be read under the lock of its target.
   */
  on(db: Db, subjects: readonly StopSubject[], at: Date): Promise<(subject: StopSubject) => readonly RuleOpinion[]>;
  /** Makes what these releases brought with them count for good, or takes it away; in the transaction that settles them. */
  settle(tx: Db, releaseIds: readonly string[], as: SettledAs, at: Date): Promise<void>;
  /** The files that may be behind on this tip, those that the releases bring included. */
  files(db: Db, tree: TreeReader, releaseIds: readonly string[]): Promise<readonly StopFile[]>;
  /** Says that the config repo holds them. */
  written(db: Db, files: readonly StopFile[]): Promise<void>;
}

/** The same decision with what the stops say now in the place of what they said then. */
export function withStops(decision: Decision | undefined, stops: readonly RuleOpinion[]): Decision {
  const others = (decision?.opinions ?? []).filter(({ rule }) => !isStopRule(rule));
  return decide([...others, ...stops], decision?.commit);
}

/**
 * Whether nothing but stops keeps a release back. Only such a one takes the place of older ones: what may yet be denied for another
 * reason must not keep a good build from going out.
 */
export function waitsForStopsOnly(decision: Decision | undefined): boolean {
  const against = (decision?.opinions ?? []).filter(({ verdict }) => verdict === 'denies' || verdict === 'waits');
  return against.every(({ rule, verdict }) => verdict === 'waits' && isStopRule(rule));
}

/** What speaks against one release, where nobody keeps stops: nothing. */
export async function stopsOn(
  stops: Pick<Stops, 'on'> | undefined,
  db: Db,
  subject: StopSubject,
  at: Date,
): Promise<readonly RuleOpinion[]> {
  return stops === undefined ? [] : (await stops.on(db, [subject], at))(subject);
}
