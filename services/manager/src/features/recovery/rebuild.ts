import type { Oid } from '@release-manager/git';

import { artifactKey, type AdoptDeps } from '../artifacts/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { markRolledBack } from '../releases/index.ts';
import { moveAutomationHeads } from './automation-heads.ts';
import { HistoryStore } from './history-store.ts';
import { rebuildArtifacts, rebuildCurrent } from './rebuild-artifacts.ts';
import { rebuildHistory } from './rebuild-history.ts';
import { rebuildServices, servicesOf } from './rebuild-services.ts';
import { RecoveryStore } from './recovery-store.ts';
import type { Recovery } from './recovery.ts';
import { readReleaseFolders } from './release-folders.ts';

export interface RebuildDeps extends AdoptDeps {
  readonly repo: ConfigRepo;
}

/**
 * Reads everything again that a loss took: services, the artifacts in use, history, all other artifacts, and last what automation
 * did. Each part says in the database how far it is, so it may be ended anywhere and begun again.
 * @throws AppError unavailable when one of the three memories does not answer; the reason of the signal when it fires
 */
export async function rebuild(deps: RebuildDeps, recovery: Recovery, signal: AbortSignal): Promise<void> {
  const { database, repo, now } = deps;
  const lostAt = recovery.foundAt ?? now();
  const input = { lostAt, storeAt: recovery.storeAt, signal };
  const snapshot = await repo.refresh();
  const tip = repo.mirror.tip();
  if (tip !== undefined) {
    const folders = await readReleaseFolders(repo.mirror.tree(tip), snapshot);
    await rebuildServices(database, servicesOf(folders, now()), now());
    if (!recovery.storeDone) {
      const inUse = folders.flatMap(({ spec }) => (spec === undefined ? [] : [artifactKey(spec)]));
      await rebuildCurrent(deps, inUse, input);
    }
    if (!recovery.historyDone) {
      const upTo = await startOfHistory(repo, recovery, tip);
      await rebuildHistory({ ...deps, mirror: repo.mirror }, upTo, signal);
    }
  }
  if (!recovery.storeDone) await rebuildArtifacts(deps, input);
  signal.throwIfAborted();
  await finish(deps, recovery);
}

/** The tip at the loss; the newest one when somebody rewrote the branch since. */
async function startOfHistory({ mirror }: ConfigRepo, { foundTip }: Recovery, tip: Oid): Promise<Oid> {
  if (foundTip === undefined) return tip;
  return (await mirror.isAncestor(foundTip as Oid, tip)) ? (foundTip as Oid) : tip;
}

/** What follows from releases and artifacts together. A loss that was found meanwhile is worked off first. */
async function finish({ database, now }: RebuildDeps, begun: Recovery): Promise<void> {
  await database.transaction(async (tx) => {
    const store = new RecoveryStore(tx);
    const recovery = await store.lock();
    if (recovery.state !== 'rebuilding' || recovery.foundAt?.getTime() !== begun.foundAt?.getTime()) return;
    await new HistoryStore(tx).fillBranches();
    await markRolledBack(tx);
    await moveAutomationHeads(tx, now());
    await store.rebuilt(now());
    const { services, releases, artifacts } = recovery;
    await appendLedger(tx, {
      kind: 'recovery.rebuilt',
      actor: { kind: 'manager' },
      cause: `rebuilt from the config repo and the artifact store: ${services} services, ${releases} releases, ${artifacts} artifacts; automation is held until an administrator resumes it`,
      details: { services, releases, artifacts },
      at: now(),
    });
  });
}
