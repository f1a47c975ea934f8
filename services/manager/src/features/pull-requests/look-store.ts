import type { Db } from '@release-manager/postgres';

/** When the pull requests of a repository were asked for last. */
export interface Look {
  readonly repository: string;
  readonly address: string;
  readonly lookedAt: Date;
  /** The newest change that was seen there. */
  readonly updatedTo: Date | undefined;
}

interface LookRow {
  readonly repository: string;
  readonly address: string;
  readonly looked_at: Date;
  readonly updated_to: Date | null;
}

/** Rows of `pull_request_looks`. */
export class LookStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async all(): Promise<ReadonlyMap<string, Look>> {
    const rows = await this.#db<LookRow>('pull_request_looks');
    return new Map(
      rows.map(({ repository, address, looked_at: lookedAt, updated_to: updatedTo }) => [
        repository,
        { repository, address, lookedAt, updatedTo: updatedTo ?? undefined },
      ]),
    );
  }

  async looked({ repository, address, lookedAt, updatedTo }: Look): Promise<void> {
    await this.#db('pull_request_looks')
      .insert({ repository, address, looked_at: lookedAt, updated_to: updatedTo ?? null })
      .onConflict('repository')
      .merge();
  }

  /** As if nobody had looked for long. */
  async lookSoon(): Promise<void> {
    await this.#db('pull_request_looks').update({ looked_at: new Date(0) });
  }
}
