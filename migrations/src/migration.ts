import type { Knex } from 'knex';

/** One step of the schema. Append-only: what has been released is never edited, a later step changes it. */
export interface Migration {
  /** `<four digits>-<noun>`, which is also its place in the order. */
  readonly name: string;
  up(knex: Knex): Promise<void>;
  /** Undoes `up`; data that only the newer schema can hold is lost, everything else stays. */
  down(knex: Knex): Promise<void>;
}
