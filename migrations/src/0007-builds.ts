import type { Migration } from './migration.ts';

/** No reference to `services`: a build reports before the first upload has registered its service. */
export const builds: Migration = {
  name: '0007-builds',

  async up(knex) {
    await knex.raw(`
      create table if not exists builds (
        service text not null,
        id text not null,
        seq bigint generated always as identity unique,
        state text not null check (state in ('running', 'finished', 'abandoned')),
        branch text not null,
        sha text not null,
        source jsonb not null,
        ci jsonb not null,
        checks jsonb not null default '[]',
        artifact_id text,
        reported_by jsonb not null,
        started_at timestamptz not null,
        updated_at timestamptz not null,
        ended_at timestamptz,
        primary key (service, id)
      );
      create index if not exists builds_service_seq on builds (service, seq desc);
      create index if not exists builds_running on builds (updated_at) where state = 'running';
      comment on column builds.seq is 'Order of the first report, for paging.';
      comment on column builds.branch is 'As source says it; a build speaks of one commit of one branch.';
      comment on column builds.artifact_id is 'The artifact that took over the checks.';
      comment on column builds.updated_at is 'When it was last heard of.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists builds');
  },
};
