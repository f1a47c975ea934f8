import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedgerEntries, type NewLedgerEntry } from '../ledger/index.ts';
import type { SettledAs } from '../releases/index.ts';
import { toHold, type HoldRow } from './hold-store.ts';
import type { Hold, Quarantine } from './hold.ts';
import { toQuarantine, type QuarantineRow } from './quarantine-store.ts';
import { StateFileStore } from './state-file-store.ts';

const manager: Actor = { kind: 'manager' };

/**
 * Says what became of releases that brought a hold and quarantines of their own. Committed: they count for good. Otherwise they go
 * away, and what was firm before counts again. Safe to call again, and for releases that brought nothing. Needs no lock of the
 * target: a firm hold that was set in the same moment stands beside it, and the one that was set last counts.
 */
export async function settle(tx: Db, releaseIds: readonly string[], as: SettledAs, at: Date): Promise<void> {
  if (releaseIds.length === 0) return;
  const { holds, quarantines } = as === 'committed' ? await makeFirm(tx, releaseIds) : await remove(tx, releaseIds);
  const settled = [...holds, ...quarantines];
  if (settled.length === 0) return;
  if (as !== 'committed') {
    const entries = [
      ...holds.map((hold) => holdGone(hold, as, at)),
      ...quarantines.map((each) => quarantineGone(each, as, at)),
    ];
    await appendLedgerEntries(tx, entries);
  }
  const changes = settled.map(({ service, environment, actor, reason }) =>
    as === 'committed' ? { service, environment, actor, reason } : { service, environment, actor: manager },
  );
  await new StateFileStore(tx).changed(changes, at);
}

interface Settled {
  readonly holds: readonly Hold[];
  readonly quarantines: readonly Quarantine[];
}

async function makeFirm(tx: Db, releaseIds: readonly string[]): Promise<Settled> {
  const holds = await provisional<HoldRow>(tx, 'holds', releaseIds).update({ provisional: false }).returning('*');
  const quarantines = await provisional<QuarantineRow>(tx, 'quarantines', releaseIds)
    .update({ provisional: false })
    .returning('*');
  return { holds: holds.map(toHold), quarantines: quarantines.map(toQuarantine) };
}

async function remove(tx: Db, releaseIds: readonly string[]): Promise<Settled> {
  const holds = await provisional<HoldRow>(tx, 'holds', releaseIds).del().returning('*');
  const quarantines = await provisional<QuarantineRow>(tx, 'quarantines', releaseIds).del().returning('*');
  return { holds: holds.map(toHold), quarantines: quarantines.map(toQuarantine) };
}

function provisional<Row extends object>(tx: Db, table: string, releaseIds: readonly string[]) {
  return tx<Row, Row[]>(table)
    .where('provisional', true)
    .whereIn('release_id', [...releaseIds]);
}

function holdGone(hold: Hold, as: SettledAs, at: Date): NewLedgerEntry {
  const { service, environment, releaseId } = hold;
  return {
    kind: 'hold.lifted',
    actor: manager,
    service,
    environment,
    releaseId,
    cause: `the rollback ${releaseId ?? ''} was ${as}, so its hold of ${environment} went with it`,
    details: { hold: hold.id },
    at,
  };
}

function quarantineGone(quarantine: Quarantine, as: SettledAs, at: Date): NewLedgerEntry {
  const { service, environment, releaseId, artifactId } = quarantine;
  return {
    kind: 'quarantine.lifted',
    actor: manager,
    service,
    environment,
    artifactId,
    releaseId,
    cause: `the rollback ${releaseId ?? ''} was ${as}, so the quarantine of ${artifactId} in ${environment} went with it`,
    details: { quarantine: quarantine.id },
    at,
  };
}
