import { layout, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Oid } from '@release-manager/git';
import type { Database, Db } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';
import type { ArtifactStore } from '@release-manager/storage';

import type { ConfigRepo } from '../config-repo/index.ts';
import { readStateFiles, restoreStops } from '../holds/index.ts';
import { appendLedger } from '../ledger/index.ts';
import type { RecoveryGuard } from '../releases/index.ts';
import { automationHold } from './automation-hold.ts';
import { findTraces } from './find-traces.ts';
import { HistoryStore } from './history-store.ts';
import { otherManager, otherManagerNext, otherManagerWords, type OtherManager } from './other-manager.ts';
import { rebuiltReleases, type RebuiltRelease } from './rebuilt-release.ts';
import { recordHistory, withReplaced } from './record-history.ts';
import { RecoveryStore, type Loss } from './recovery-store.ts';
import { supersedeOvertaken } from './supersede-overtaken.ts';

export interface GuardDeps {
  readonly database: Database;
  readonly repo: ConfigRepo;
  readonly store: ArtifactStore;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Hears of a loss, so that rebuilding begins at once. */
  readonly onLoss?: (() => void) | undefined;
}

/**
 * Compares the branch with what the database knows, commit by commit, each only once: a release in a commit that came after the
 * known tip and that nobody here recorded is a database that was lost or restored from a backup, or another manager's.
 */
export function createRecoveryGuard(deps: GuardDeps): RecoveryGuard {
  const { database, repo, now } = deps;
  /** The last tip on which this process and the database agreed, so that it is in the mirror. */
  let seen: string | undefined;
  const restore = createStopRestorer(deps);
  return {
    automationHold,

    async landed(tx, { base, tip }) {
      if (await new RecoveryStore(tx).moveTip(base, tip, now())) seen = tip;
    },

    async settle(tip) {
      const { knownTip } = await new RecoveryStore(database.db).read();
      if (knownTip === tip) {
        seen = tip;
        return true;
      }
      // Another process moved it, and perhaps on a commit that this mirror does not have: "not an ancestor" would be a lie.
      if (knownTip !== undefined && knownTip !== seen) await repo.mirror.fetch();
      if (repo.mirror.tip() !== tip) return false;
      await restore(tip);
      const agreed = knownTip !== undefined && knownTip === seen;
      const settled = await settleUpTo(deps, { knownTip: knownTip as Oid | undefined, agreed }, tip);
      if (settled) seen = tip;
      return settled;
    },
  };
}

/**
 * Puts back the holds and quarantines that the files of a tip know and the database does not. Before the tip counts as known, so
 * that it is done again by whoever dies in between; and only where something below `state/` is other than at the last look.
 */
function createStopRestorer({ database, repo, now, logger }: GuardDeps): (tip: Oid) => Promise<void> {
  let looked: Oid | undefined;
  return async (tip) => {
    const tree = repo.mirror.tree(tip);
    const folder = await tree.oid(layout.states);
    if (folder === looked) return;
    const found = await readStateFiles(tree);
    const restored = await database.transaction((tx) => restoreStops(tx, found, now()));
    looked = folder;
    if (restored.length > 0)
      logger.warn('holds and quarantines were forgotten and are read again from the config repo', {
        targets: restored.length,
      });
  };
}

interface KnownTip {
  readonly knownTip: Oid | undefined;
  /** Whether it is where this process left the database: what came after it was not forgotten, it was never known. */
  readonly agreed: boolean;
}

async function settleUpTo(deps: GuardDeps, { knownTip, agreed }: KnownTip, tip: Oid): Promise<boolean> {
  const { database, repo, now } = deps;
  if (knownTip === undefined && (await new HistoryStore(database.db).isEmpty())) return firstLook(deps, tip);
  const commits = await repo.mirror.commitsBetween(knownTip, tip);
  const found = rebuiltReleases(commits);
  const { missing, uncommitted, inFlight } = await new HistoryStore(database.db).compare(found.map(({ id }) => id));
  if (missing.size === 0 && uncommitted.size === 0) return new RecoveryStore(database.db).moveTip(knownTip, tip, now());
  if (inFlight > 0) return false;
  const lost = found.filter(({ id }) => missing.has(id) || uncommitted.has(id));
  const other = agreed
    ? otherManager(
        found.filter(({ id }) => missing.has(id)),
        commits,
      )
    : undefined;
  return recordLoss(deps, { knownTip, tip, lost, other });
}

/** What the branch holds and the database does not know. */
interface Difference {
  readonly knownTip: Oid | undefined;
  readonly tip: Oid;
  readonly lost: readonly RebuiltRelease[];
  /** Whose it is, where it was not forgotten. */
  readonly other: OtherManager | undefined;
}

/** Everything that was forgotten is recorded in one transaction with the loss itself: the writer goes on after all of it. */
async function recordLoss(deps: GuardDeps, { knownTip, tip, lost, other }: Difference): Promise<boolean> {
  const at = deps.now();
  const [first] = lost;
  const reason =
    other === undefined
      ? `${lost.length} releases are in the config repo and not recorded as committed, the first is ${first?.id ?? ''}`
      : otherManagerWords(other);
  const recorded = await deps.database.transaction(async (tx) => {
    const store = new RecoveryStore(tx);
    if ((await store.lock()).knownTip !== knownTip) return false;
    const targets = lost.map(({ environment, service }) => `${environment}/${service}`);
    const current = await new HistoryStore(tx).currentArtifacts(targets);
    await begin(tx, store, { reason, tip, history: false, at, isOthers: other !== undefined });
    const releases = await recordHistory(tx, withReplaced(lost, current), { place: 'after', at });
    await store.countReleases(releases, at);
    // What another manager commits is nothing that this one forgot: what is queued here was not overtaken by it.
    if (other === undefined) await supersedeOvertaken(tx, lost, at);
    return store.moveTip(knownTip, tip, at);
  });
  if (!recorded) return false;
  if (other === undefined) {
    sayLoss(deps, reason);
    return true;
  }
  const { committer, releases, releaseId, commit } = other;
  const fields = { releases, releaseId, commit, committer: committer.email, next: otherManagerNext };
  deps.logger.error('another manager writes to this branch of the config repo; automation is held', fields);
  deps.onLoss?.();
  return true;
}

/** Without any release nothing can be committed twice, so history may come in the background; only automation has to wait. */
async function firstLook(deps: GuardDeps, tip: Oid): Promise<boolean> {
  const { database, repo, now } = deps;
  const snapshot: ConfigSnapshot = await repo.adopt(tip);
  const reason = await findTraces({ ...deps, mirror: repo.mirror }, database.db, { tip, snapshot });
  const at = now();
  const settled = await database.transaction(async (tx) => {
    const store = new RecoveryStore(tx);
    if ((await store.lock()).knownTip !== undefined) return false;
    if (reason !== undefined) await begin(tx, store, { reason, tip, history: true, at });
    return store.moveTip(undefined, tip, at);
  });
  if (settled && reason !== undefined) sayLoss(deps, reason);
  return settled;
}

/** Writes a loss down, for whoever asks later why automation stood still. */
export async function begin(tx: Db, store: RecoveryStore, loss: Loss): Promise<void> {
  await store.begin(loss);
  const { reason, tip, at, isOthers = false } = loss;
  await appendLedger(tx, {
    kind: 'recovery.began',
    actor: { kind: 'manager' },
    cause: isOthers
      ? `${reason}. Automation is held until an administrator resumes it`
      : `the database has forgotten something: ${reason}. It is rebuilt, and automation is held until an administrator resumes it`,
    details: { ...(tip === undefined ? {} : { tip }), ...(isOthers ? { otherManager: reason } : {}) },
    at,
  });
}

function sayLoss({ logger, onLoss }: GuardDeps, reason: string): void {
  logger.warn('the database has forgotten something, rebuilding it; automation is held', { reason });
  onLoss?.();
}
