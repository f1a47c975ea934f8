import type { Migration } from './migration.ts';

/** What happens after a release was healthy, and what Flux says by itself. */
export const incidents: Migration = {
  name: '0018-incidents',

  async up(knex) {
    await knex.raw(`
      create table if not exists incidents (
        id text primary key,
        release_id text not null references releases (id),
        environment text not null,
        cluster text not null,
        service text not null,
        object text not null,
        code text not null,
        why jsonb not null,
        restarts jsonb not null default '{}',
        times integer not null default 1,
        opened_at timestamptz not null,
        last_at timestamptz not null,
        closed_at timestamptz
      );
      create unique index if not exists incidents_open on incidents (release_id, cluster, object) where closed_at is null;
      create index if not exists incidents_service on incidents (environment, service, opened_at desc);
      comment on table incidents is 'A workload of the current release that went wrong after it was healthy; one at a time.';
      comment on column incidents.restarts is 'By pod and container: the restart that was counted last.';
      comment on column incidents.times is 'Crashes that were counted.';

      create table if not exists flux_events (
        environment text not null,
        cluster text not null,
        digest text not null,
        service text,
        object text not null,
        severity text not null,
        reason text not null,
        message text not null,
        revision text,
        times integer not null default 1,
        first_at timestamptz not null,
        last_at timestamptz not null,
        primary key (environment, cluster, digest)
      );
      create index if not exists flux_events_last on flux_events (environment, cluster, last_at desc);
      comment on table flux_events is 'What Flux said by itself. A hint, never a proof: what counts is what the daemon reads.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists flux_events, incidents');
  },
};
