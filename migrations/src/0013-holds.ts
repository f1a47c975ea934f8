import type { Migration } from './migration.ts';

/** What stops releases beside the rules: holds and quarantines, and which of their files in the config repo are behind. */
export const holds: Migration = {
  name: '0013-holds',

  async up(knex) {
    await knex.raw(`
      create table if not exists holds (
        id text primary key,
        service text not null,
        environment text not null,
        reason text not null,
        actor jsonb not null,
        since timestamptz not null,
        until timestamptz,
        release_id text,
        provisional boolean not null default false,
        check (not provisional or release_id is not null)
      );
      create index if not exists holds_target on holds (service, environment);
      create index if not exists holds_since on holds (since);
      create index if not exists holds_until on holds (until) where until is not null;
      create index if not exists holds_provisional on holds (release_id) where provisional;
      comment on table holds is 'Where automation is paused. What ended is in the ledger.';
      comment on column holds.until is 'Null: until somebody resumes it.';
      comment on column holds.release_id is 'The rollback that set it.';
      comment on column holds.provisional is
        'That rollback is not committed yet: the hold counts, and goes away when the rollback is refused.';

      create table if not exists quarantines (
        id text primary key,
        artifact_id text not null,
        service text not null,
        environment text not null,
        reason text not null,
        actor jsonb not null,
        since timestamptz not null,
        release_id text,
        provisional boolean not null default false,
        check (not provisional or release_id is not null)
      );
      create index if not exists quarantines_artifact on quarantines (artifact_id, environment);
      create index if not exists quarantines_target on quarantines (service, environment);
      create index if not exists quarantines_since on quarantines (since);
      create index if not exists quarantines_provisional on quarantines (release_id) where provisional;
      comment on table quarantines is 'Artifacts that may not be released in an environment. What was lifted is in the ledger.';

      create table if not exists state_files (
        environment text not null,
        service text not null,
        version bigint not null,
        written_version bigint not null,
        actor jsonb not null,
        reason text,
        changed_at timestamptz not null,
        primary key (environment, service)
      );
      create index if not exists state_files_behind on state_files (environment, service) where version > written_version;
      comment on table state_files is 'state/<environment>/<service>.json of the config repo: whether it says what the rows say.';
      comment on column state_files.version is 'Grows with every change of a hold or a quarantine of the target.';
      comment on column state_files.actor is 'Who changed it last: the author of the commit.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists state_files, quarantines, holds');
  },
};
