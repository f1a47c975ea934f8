import type { Migration } from './migration.ts';

/**
 * Who may what while a file is broken, and which changes of it are in the ledger already. One row, since there is one config
 * repo; none until it was read for the first time.
 */
export const access: Migration = {
  name: '0014-access',

  async up(knex) {
    await knex.raw(`
      create table if not exists access_in_force (
        id smallint primary key default 1 check (id = 1),
        commit_sha text not null,
        files text not null,
        state jsonb not null,
        updated_at timestamptz not null
      );
      comment on column access_in_force.commit_sha is
        'Changes of people and rights up to this commit of the config repo are in the ledger.';
      comment on column access_in_force.files is 'Ids of the two files at that commit.';
      comment on column access_in_force.state is
        'What counts of people.yaml and of rights: their last valid versions, each with its commit.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists access_in_force');
  },
};
