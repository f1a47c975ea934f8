import type { Migration } from './migration.ts';

/**
 * What is needed to notice that the database forgot something, and to find it again. One row, since there is one config repo.
 * Of an installation that ran before this step, the last push that landed is what the database knew.
 */
export const recovery: Migration = {
  name: '0009-recovery',

  async up(knex) {
    await knex.raw(`
      create table if not exists recovery (
        id smallint primary key default 1 check (id = 1),
        known_tip text,
        state text not null default 'whole' check (state in ('whole', 'rebuilding', 'held')),
        reason text,
        found_at timestamptz,
        found_tip text,
        services integer not null default 0,
        history_done boolean not null default true,
        commits integer,
        commits_read integer not null default 0,
        releases integer not null default 0,
        store_done boolean not null default true,
        store_at text,
        artifacts integer not null default 0,
        rebuilt_at timestamptz,
        resumed_at timestamptz,
        updated_at timestamptz not null default now()
      );
      comment on column recovery.known_tip is
        'Every release that was committed up to this commit of the config repo is in releases, or is being rebuilt.';
      comment on column recovery.state is
        'rebuilding and held: automation waits. held: everything was read again, an administrator has to resume.';
      comment on column recovery.found_tip is 'The tip when the loss was found: what is older is rebuilt.';
      comment on column recovery.store_at is 'Key of the last stored artifact that was looked at, service by service.';
      insert into recovery (known_tip)
        select (select tip from push_attempts where state = 'landed' order by settled_at desc limit 1)
        on conflict do nothing;

      create table if not exists recovery_skipped (
        key text primary key,
        problem text not null,
        skipped_at timestamptz not null
      );
      comment on table recovery_skipped is 'Stored objects that are no artifact of ours any more, and why.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists recovery_skipped, recovery');
  },
};
