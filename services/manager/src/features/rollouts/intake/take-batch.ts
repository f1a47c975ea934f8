import type { BodyOf, Operations, ResultOf } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { CommandStore } from '../commands/command-store.ts';
import { LookStore } from '../looks/look-store.ts';
import { newestRows } from './object-row.ts';
import { ObservationStore, type ChangedRow, type ClusterPlace } from './observation-store.ts';

type Batch = BodyOf<Operations['reportObservations']>;
type Taken = ResultOf<Operations['reportObservations']>;

export interface IntakeDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/**
 * Takes a batch in one transaction: what was seen, up to where it was taken, and who has to be judged again. A batch that
 * comes again, whole or in part, changes nothing; the answer is the same.
 * @throws AppError invalid `daemon.sequence` when the sequences do not rise
 */
export async function takeBatch(deps: IntakeDeps, place: ClusterPlace, batch: Batch): Promise<Taken> {
  const at = deps.now();
  assertRising(batch);
  return deps.database.transaction(async (tx) => {
    const store = new ObservationStore(tx, place);
    await store.lock();
    const taken = await store.acknowledged(batch.outbox);
    const before = await store.hear(batch.daemon, at);
    if (isForgotten(batch, taken)) return { acknowledged: taken ?? 0, startOver: true };
    const fresh = batch.observations.filter(({ sequence }) => sequence > (taken ?? 0));
    const observations = fresh.map(({ observation }) => observation);
    const changed = [...(await store.put(newestRows(place.environment, observations), at))];
    for (const observation of observations)
      if (observation.type === 'listing') changed.push(...(await store.closeGap(observation, at)));
    const logs = observations.filter((observation) => observation.type === 'crash-log');
    await store.putLogs(logs, at);
    const acknowledged = fresh.at(-1)?.sequence ?? taken ?? 0;
    await store.acknowledge(batch.outbox, acknowledged, at);
    changed.push(...logs.map(({ type, service }) => ({ type, service })));
    const isFirst = before === undefined;
    await pokeForMissed(tx, { place, at, isNew: batch.daemon.canPoke && before?.canPoke !== true });
    await callForJudging(tx, {
      place,
      at,
      changed,
      isFirst,
      nowSynced: batch.daemon.synced && before?.synced !== true,
    });
    return { acknowledged, startOver: false };
  });
}

interface Missed {
  readonly place: ClusterPlace;
  readonly at: Date;
  /** The daemon can poke Flux, and could not before. */
  readonly isNew: boolean;
}

/** What was committed while nobody could tell Flux would wait for its next look at the repository. */
async function pokeForMissed(tx: Db, { place, at, isNew }: Missed): Promise<void> {
  if (!isNew) return;
  const newest = await tx<{ environment: string; state: string; seq: number; commit_sha: string }>('releases')
    .where({ environment: place.environment, state: 'committed' })
    .orderBy('seq', 'desc')
    .first('commit_sha');
  if (newest !== undefined) await new CommandStore(tx).poke([place], newest.commit_sha, at);
}

/** The daemon was told that more was taken than we know of: our database was lost, or is an older one. */
function isForgotten({ acknowledged, observations }: Batch, taken: number | undefined): boolean {
  if (acknowledged !== undefined) return acknowledged > (taken ?? 0);
  return taken === undefined && (observations[0]?.sequence ?? 1) > 1;
}

function assertRising({ observations }: Batch): void {
  const falls = observations.findIndex(
    ({ sequence }, index) => sequence <= (observations[index - 1]?.sequence ?? 0) && index > 0,
  );
  if (falls === -1) return;
  throw new AppError(
    'invalid',
    'daemon.sequence',
    `Observation ${falls} of the batch does not come after the one before.`,
    {
      next: 'send the outbox in its order',
    },
  );
}

interface Call {
  readonly place: ClusterPlace;
  readonly at: Date;
  readonly changed: readonly ChangedRow[];
  /** Nobody reported from this cluster before. */
  readonly isFirst: boolean;
  /** The daemon has read all its lists now, and did not have before. */
  readonly nowSynced: boolean;
}

async function callForJudging(tx: Db, { place, at, changed, isFirst, nowSynced }: Call): Promise<void> {
  const looks = new LookStore(tx);
  const { environment } = place;
  if (isFirst) await looks.markDeployed(environment, at);
  // What all services share: the root, its source, the generators.
  const ofAll = changed.some(
    ({ type, service }) => service === null && (type === 'source' || type === 'kustomization'),
  );
  if (ofAll || nowSynced) await looks.markOpen(environment, undefined, at);
  const servicesOf = (isFlux: boolean): string[] => [
    ...new Set(
      changed.flatMap(({ type, service }) =>
        service !== null && (type === 'kustomization') === isFlux ? [service] : [],
      ),
    ),
  ];
  // Each push makes Flux say something new of every Kustomization; that matters only where a release waits for it.
  if (!ofAll && !nowSynced) await looks.markOpen(environment, servicesOf(true), at);
  await looks.markWatched(environment, servicesOf(false), at);
}
