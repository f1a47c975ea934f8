/** What is known of the memory of the database. */
export interface Recovery {
  /** Every release that was committed up to here is recorded, or is being rebuilt. Absent before the first look. */
  readonly knownTip?: string;
  /**
   * `whole`: nothing is missing. `rebuilding`: something was lost and is being read again. `held`: all of it was read again. In
   * the last two automation waits for an administrator.
   */
  readonly state: 'whole' | 'rebuilding' | 'held';
  /** How the loss was noticed, in words. */
  readonly reason?: string;
  readonly foundAt?: Date;
  /** The tip when it was noticed: what is older is rebuilt. */
  readonly foundTip?: string;
  readonly services: number;
  readonly historyDone: boolean;
  /** Commits in the history; absent before all of it is here. */
  readonly commits?: number;
  readonly commitsRead: number;
  readonly releases: number;
  readonly storeDone: boolean;
  /** Key of the last stored artifact that was looked at. */
  readonly storeAt?: string;
  readonly artifacts: number;
  readonly rebuiltAt?: Date;
  readonly resumedAt?: Date;
}

/** A stored object that could not be taken over, and why. */
export interface SkippedObject {
  readonly key: string;
  readonly problem: string;
}
