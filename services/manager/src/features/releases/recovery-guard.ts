import type { RuleOpinion } from '@release-manager/domain';
import type { Oid } from '@release-manager/git';
import type { Db } from '@release-manager/postgres';

/** What stands between a database that may have forgotten something and everything that acts by itself. */
export interface RecoveryGuard {
  /** Speaks against automatic releases after a loss, until an administrator resumes them; holds still until the caller's transaction ends. */
  automationHold(db: Db): Promise<RuleOpinion | undefined>;
  /**
   * Makes the database know every release that the branch holds up to this commit, before anything is planned on it: one that
   * a restored backup believes to be queued may have been committed long ago.
   * @returns false when the commit is not the newest tip any more, or a push is being recorded: look again.
   */
  settle(tip: Oid): Promise<boolean>;
  /** Says, in the transaction that records a push, that everything up to its tip is known. */
  landed(tx: Db, push: { readonly base: Oid | undefined; readonly tip: Oid }): Promise<void>;
}
