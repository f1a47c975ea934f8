import type { Oid } from '@release-manager/git';
import { jsonb, type Db } from '@release-manager/postgres';

import type { AccessState } from './access-state.ts';

/** What counts of people and rights after some commit, as every process of the installation may read it. */
export interface StoredAccess {
  /** Changes up to this commit are in the ledger. */
  readonly commit: string;
  /** Ids of the two files at that commit. */
  readonly files: string;
  readonly state: AccessState;
}

interface AccessRow {
  readonly commit_sha: string;
  readonly files: string;
  readonly state: AccessState;
}

/** The one row of `access_in_force`. */
export class AccessStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Nothing until the config repo was read for the first time. */
  async read(): Promise<StoredAccess | undefined> {
    const row = await this.#db<AccessRow>('access_in_force').first();
    return row === undefined ? undefined : { commit: row.commit_sha, files: row.files, state: row.state };
  }

  /**
   * Takes the place of what was read before. A newer one is never overwritten: whoever calls has asked the remote for its tip
   * after reading `previous`.
   * @returns whether it was us, and not another process
   */
  async replace(previous: StoredAccess | undefined, next: StoredAccess & { commit: Oid }, at: Date): Promise<boolean> {
    const row = { commit_sha: next.commit, files: next.files, state: jsonb(next.state), updated_at: at };
    const written =
      previous === undefined
        ? await this.#db('access_in_force').insert(row).onConflict('id').ignore().returning('id')
        : await this.#db('access_in_force').where({ commit_sha: previous.commit }).update(row).returning('id');
    return written.length > 0;
  }
}
