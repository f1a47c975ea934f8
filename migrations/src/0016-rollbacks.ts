import type { Migration } from './migration.ts';

/**
 * What people rolled back, so that the same request gets the same answer, and a second person sees the first. Most have a release;
 * one that only took back what was still queued has none.
 */
export const rollbacks: Migration = {
  name: '0016-rollbacks',

  async up(knex) {
    await knex.raw(`
      create table if not exists rollbacks (
        id text primary key,
        service text not null,
        environment text not null,
        from_artifact_id text,
        to_artifact_id text not null,
        release_id text,
        cancelled text[] not null default '{}',
        quarantined text[] not null default '{}',
        reason text not null,
        actor jsonb not null,
        idempotency_key text unique,
        request_hash text,
        accepted_at timestamptz not null
      );
      create index if not exists rollbacks_target on rollbacks (service, environment, accepted_at desc);
      comment on column rollbacks.from_artifact_id is 'Null: an undeploy was taken back.';
      comment on column rollbacks.release_id is 'Null: nothing had to be committed, since the bad release was still queued.';
      comment on column rollbacks.cancelled is 'Releases that were queued and did not go out because of it.';
      comment on column rollbacks.quarantined is 'Environments in which the bad artifact was quarantined.';

      alter table releases add column if not exists rolled_back_by text;
      comment on column releases.rolled_back_by is 'The rollback that took its place.';
    `);
  },

  async down(knex) {
    await knex.raw(`
      alter table releases drop column if exists rolled_back_by;
      drop table if exists rollbacks;
    `);
  },
};
