import type { Db } from '@release-manager/postgres';

import type { DeliveryEnd } from '../delivery.ts';

/** An end that asked us to wait. */
export interface Pause {
  readonly until: Date;
  readonly reason: string;
}

/** Kept over restarts: who asks us to wait does not mean this process only. */
export class PauseStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(end: DeliveryEnd): Promise<Pause | undefined> {
    return this.#db<Pause & { end_name: string }>('delivery_pauses').where({ end_name: end }).first('until', 'reason');
  }

  async set(end: DeliveryEnd, { until, reason }: Pause): Promise<void> {
    await this.#db('delivery_pauses')
      .insert({ end_name: end, until, reason })
      .onConflict('end_name')
      .merge(['until', 'reason']);
  }
}
