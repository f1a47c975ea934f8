import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore } from './release-store.ts';
import type { Release } from './release.ts';

/** A newer automatic release takes the place of older automatic ones that are not on their way yet. A person's never. */
export async function supersedeOlder(tx: Db, release: Release, at: Date): Promise<void> {
  const older = await new ReleaseStore(tx).supersedable(release.service, release.environment);
  for (const each of older)
    if (each.seq < release.seq) await supersede(tx, each, { by: release, actor: release.actor, at });
}

/** @returns whether it still was as the caller saw it */
export async function supersede(
  tx: Db,
  older: Release,
  { by, actor, at }: { readonly by: Release; readonly actor: Actor; readonly at: Date },
): Promise<boolean> {
  const moved = await new ReleaseStore(tx).transition(older, { to: 'superseded', at, supersededBy: by.id });
  if (!moved) return false;
  await appendLedger(tx, {
    kind: 'release.superseded',
    actor,
    service: older.service,
    environment: older.environment,
    artifactId: older.artifactId,
    releaseId: older.id,
    from: older.state,
    to: 'superseded',
    cause: `${by.artifactId ?? 'a newer release'} is newer and takes its place`,
    details: { supersededBy: by.id },
    at,
  });
  return true;
}
