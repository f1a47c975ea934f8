import type { Migration } from './migration.ts';

/** For what is asked often and was found by reading whole tables: the releases of one request, artifacts by state. */
export const lookups: Migration = {
  name: '0010-lookups',

  async up(knex) {
    await knex.raw(`
      create index if not exists releases_request on releases (request_id);
      create index if not exists artifacts_state_seq on artifacts (state, seq desc);
      create index if not exists ledger_environment on ledger (environment, id desc);
    `);
  },

  async down(knex) {
    await knex.raw('drop index if exists ledger_environment, artifacts_state_seq, releases_request');
  },
};
