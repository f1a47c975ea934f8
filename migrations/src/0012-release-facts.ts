import type { Migration } from './migration.ts';

/** What a release has to remember of its request and of its commit, to be compared with later. */
export const releaseFacts: Migration = {
  name: '0012-release-facts',

  async up(knex) {
    await knex.raw(`
      alter table releases add column if not exists leaves_namespace text;
      alter table releases add column if not exists request_hash text;
      alter table releases add column if not exists tree_oid text;
      create index if not exists ledger_blocked on ledger (service, artifact_id) where kind = 'automation.blocked';
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop index if exists ledger_blocked;
      alter table releases drop column if exists tree_oid;
      alter table releases drop column if exists request_hash;
      alter table releases drop column if exists leaves_namespace;
    `);
  },
};
