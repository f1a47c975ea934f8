import type { Database } from '@release-manager/postgres';

import { AdoptedArtifacts, adoptStored, type AdoptDeps, type StoredArtifact } from '../artifacts/index.ts';
import { ServiceStore } from '../services/index.ts';
import { RecoveryStore } from './recovery-store.ts';
import { missingArtifacts, storedServices } from './stored-services.ts';

export interface ArtifactsInput {
  readonly lostAt: Date;
  /** Where the pass before this one was ended. */
  readonly storeAt: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Takes in what the store holds and the database does not, service by service. Whoever is killed begins with the service that was
 * under way: what is in is recognised by its id, and the order is made again.
 */
export async function rebuildArtifacts(deps: AdoptDeps, input: ArtifactsInput): Promise<void> {
  const { database, store, now } = deps;
  for await (const { service, artifacts } of storedServices(store)) {
    const lastKey = artifacts.at(-1)?.key ?? '';
    if (input.storeAt !== undefined && lastKey <= input.storeAt) continue;
    const missing = await missingArtifacts(database, artifacts, input.lostAt);
    await adoptAll(deps, newestFirst(missing), input);
    await putInOrder(deps, service, input.lostAt);
    await new RecoveryStore(database.db).storeLookedAt(lastKey, now());
  }
  await new RecoveryStore(database.db).storeRead(now());
}

/** What people need first: artifacts that are in use, wherever they lie in the store. Their order is made in the pass over all. */
export async function rebuildCurrent(deps: AdoptDeps, keys: readonly string[], input: ArtifactsInput): Promise<void> {
  const known: StoredArtifact[] = [];
  for (const key of new Set(keys))
    for await (const { modifiedAt } of deps.store.list(key)) known.push({ key, modifiedAt });
  await adoptAll(deps, await missingArtifacts(deps.database, known, input.lostAt), input);
}

/** A service of which nothing is known is bound by its newest artifact, as it would be by now. */
function newestFirst(artifacts: readonly StoredArtifact[]): readonly StoredArtifact[] {
  return artifacts.toSorted((a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime());
}

async function adoptAll(
  deps: AdoptDeps,
  artifacts: readonly StoredArtifact[],
  { lostAt, signal }: ArtifactsInput,
): Promise<void> {
  const { database, now } = deps;
  const recovery = new RecoveryStore(database.db);
  for (const stored of artifacts) {
    signal.throwIfAborted();
    const outcome = await adoptStored(deps, stored, { lostAt, signal });
    if (outcome.kind === 'unusable') await recovery.skip({ key: stored.key, problem: outcome.problem }, now());
    if (outcome.kind === 'adopted') await recovery.countArtifacts(1, now());
  }
}

/** Nothing for a service of which nothing was found: its artifacts keep the order in which they came. */
async function putInOrder(
  { database, now }: { readonly database: Database; readonly now: () => Date },
  service: string,
  lostAt: Date,
): Promise<void> {
  await database.transaction(async (tx) => {
    if ((await new ServiceStore(tx).lock(service)) === undefined) return;
    const adopted = new AdoptedArtifacts(tx);
    if (await adopted.haveCome(service, lostAt)) await adopted.putInOrder(service, now());
  });
}
