import { isNewer, summarize, type BuildOrder, type Decision, type RuleOpinion } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, buildOrder } from '../artifacts/index.ts';
import { FolderStore } from '../config-repo/index.ts';
import type { Release } from './release.ts';
import { waitsForStopsOnly, withStops } from './stops.ts';

/** What becomes of an automatic release that waited for a stop, when that stop is lifted. */
export interface WaitJudgement {
  readonly release: Release;
  /** `waiting`: another stop is left. */
  readonly to: 'queued' | 'waiting' | 'denied' | 'cancelled' | 'superseded';
  /** With the stops that are left. */
  readonly decision: Decision;
  /** Why it does not go out. */
  readonly why?: string;
  readonly supersededBy?: string;
}

type Fate = Pick<WaitJudgement, 'to' | 'why' | 'supersededBy'>;

/**
 * Judges what waited by what is known now: the newest of each target only, unless it lies there already, or is older than what
 * automation released before (after a loss that may be found later), or something else stops it. Changes nothing.
 * @param stopsOn what is set against a release now
 */
export async function judgeWaiting(
  db: Db,
  waiting: readonly Release[],
  stopsOn: (release: Release) => readonly RuleOpinion[],
): Promise<readonly WaitJudgement[]> {
  const services = [...new Set(waiting.map(({ service }) => service))];
  const folders = await new FolderStore(db).ofServices(services);
  const heads = await db<{ service: string; environment: string; branch: string; artifact_id: string }>(
    'automation_heads',
  ).whereIn('service', services);
  const headOf = new Map(heads.map((head) => [targetOf(head, head.branch), head.artifact_id]));
  const decided = waiting.map((release) => ({ release, decision: withStops(release.decision, stopsOn(release)) }));
  const ready = decided.filter(({ decision }) => waitsForStopsOnly(decision)).map(({ release }) => release);
  const known: Known = {
    newest: new Map(ready.toSorted((a, b) => a.seq - b.seq).map((release) => [targetOf(release), release])),
    there: new Set(folders.map((each) => targetOf(each, each.artifactId))),
    headOf,
    orders: await ordersOf(db, [...headOf.values(), ...waiting.flatMap(({ artifactId }) => artifactId ?? [])]),
  };
  return decided.map(({ release, decision }) => ({
    release,
    decision,
    ...(overtaken(release, known) ?? stopped(decision)),
  }));
}

interface Known {
  /** Of each target, of those that could go out but for stops. */
  readonly newest: ReadonlyMap<string, Release>;
  readonly there: ReadonlySet<string>;
  readonly headOf: ReadonlyMap<string, string>;
  readonly orders: ReadonlyMap<string, BuildOrder>;
}

/** Why it must not go out whatever the rules say. */
function overtaken(release: Release, { newest, there, headOf, orders }: Known): Fate | undefined {
  const what = release.artifactId ?? 'it';
  const last = newest.get(targetOf(release));
  if (last !== undefined && last.seq > release.seq)
    return {
      to: 'superseded',
      supersededBy: last.id,
      why: `${last.artifactId ?? last.id} is newer and takes its place`,
    };
  if (there.has(targetOf(release, release.artifactId)))
    return { to: 'cancelled', why: `${what} is in ${release.environment} already` };
  return overtakenByHead(release, headOf.get(targetOf(release, release.branch)), orders);
}

/** What automation released before, perhaps in a time that was forgotten and found again, must not be undone by an older build. */
function overtakenByHead(release: Release, head: string | undefined, orders: Known['orders']): Fate | undefined {
  const [own, other] = [orders.get(release.artifactId ?? ''), orders.get(head ?? '')];
  if (head === undefined || head === release.artifactId || own === undefined || other === undefined) return undefined;
  if (isNewer(own, other)) return undefined;
  const why = `${release.artifactId ?? 'it'} is older than ${head}, which automation released to ${release.environment} before`;
  return { to: 'superseded', supersededBy: head, why };
}

function stopped(decision: Decision): Fate {
  switch (decision.verdict) {
    case 'allowed':
      return { to: 'queued' };
    case 'waiting':
      return { to: 'waiting', why: summarize(decision) };
    case 'denied':
      return { to: 'denied', why: summarize(decision) };
  }
}

/** By what "newer" is decided, of each of these artifacts. */
export async function ordersOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, BuildOrder>> {
  const artifacts = await new ArtifactRecords(db).findMany([...new Set(ids)]);
  return new Map([...artifacts].map(([id, artifact]) => [id, buildOrder(artifact)]));
}

function targetOf(
  { environment, service }: { readonly environment: string; readonly service: string },
  what?: string,
): string {
  return `${environment}/${service}/${what ?? ''}`;
}
