import type { Database } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';

import type { StoredArtifact } from '../artifacts/index.ts';
import { RecoveryStore } from './recovery-store.ts';

/** The artifacts that the store holds of one service, in the order of their keys. */
export interface StoredService {
  readonly service: string;
  readonly artifacts: readonly StoredArtifact[];
}

const prefix = 'artifacts/';
const chunk = 1_000;

/** Service by service: the keys of one lie together, since the store lists by their bytes. */
export async function* storedServices(store: ArtifactStore): AsyncGenerator<StoredService> {
  let service: string | undefined;
  let artifacts: StoredArtifact[] = [];
  for await (const { key, modifiedAt } of store.list(prefix)) {
    const owner = key.slice(prefix.length).split('/', 1)[0] ?? '';
    if (service !== undefined && owner !== service) {
      yield { service, artifacts };
      artifacts = [];
    }
    service = owner;
    artifacts.push({ key, modifiedAt });
  }
  if (service !== undefined) yield { service, artifacts };
}

/** What the database does not have in any state. */
export async function unknownArtifacts(
  { db }: Pick<Database, 'db'>,
  artifacts: readonly StoredArtifact[],
): Promise<readonly StoredArtifact[]> {
  // The epoch: whatever is there was registered after it.
  return missingArtifacts({ db }, artifacts, new Date(0));
}

/**
 * What the database does not have, or has in a state before its verdict since before the loss: the manager writes here only
 * what it verified. What was looked at and is no artifact is left out.
 */
export async function missingArtifacts(
  { db }: Pick<Database, 'db'>,
  artifacts: readonly StoredArtifact[],
  lostAt: Date,
): Promise<readonly StoredArtifact[]> {
  const missing: StoredArtifact[] = [];
  for (let start = 0; start < artifacts.length; start += chunk) {
    const page = artifacts.slice(start, start + chunk);
    const rows = await db<{ id: string; state: string; registered_at: Date }>('artifacts')
      .whereIn('id', page.map(idOf))
      .select('id', 'state', 'registered_at');
    const there = new Set(
      rows.filter(({ state, registered_at: at }) => state === 'ready' || at >= lostAt).map(({ id }) => id),
    );
    const skipped = await new RecoveryStore(db).skippedAmong(page.map(({ key }) => key));
    missing.push(...page.filter((stored) => !there.has(idOf(stored)) && !skipped.has(stored.key)));
  }
  return missing;
}

function idOf({ key }: StoredArtifact): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.zip$/, '');
}
