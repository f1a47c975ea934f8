import type { Migration } from './migration.ts';

export const releases: Migration = {
  name: '0003-releases',

  async up(knex) {
    await knex.raw(`
      create table if not exists releases (
        id text primary key,
        seq bigint generated always as identity unique,
        request_id text not null,
        service text not null,
        environment text not null,
        artifact_id text,
        intent text not null,
        automatic boolean not null,
        branch text,
        state text not null,
        actor jsonb not null,
        author jsonb not null,
        reason text,
        decision jsonb,
        waits_for text,
        failure jsonb,
        superseded_by text,
        replaced_artifact_id text,
        retry_of text,
        queue_seq bigint,
        commit_sha text,
        idempotency_key text unique,
        requested_at timestamptz not null,
        queued_at timestamptz,
        committed_at timestamptz,
        updated_at timestamptz not null
      );
      create sequence if not exists release_queue_seq;
      create index if not exists releases_queue on releases (state, queue_seq) where state = 'queued';
      create index if not exists releases_target_seq on releases (service, environment, seq desc);
      create index if not exists releases_seq on releases (seq desc);
      create index if not exists releases_environment_state_seq on releases (environment, state, seq desc);
      create index if not exists releases_artifact on releases (artifact_id);
      create index if not exists releases_open on releases (state) where state in ('waiting', 'queued');
      comment on column releases.artifact_id is 'Null: the service is undeployed.';
      comment on column releases.author is 'GitIdentity of the commit.';
      comment on column releases.failure is 'code, message and next.';
      comment on column releases.queue_seq is
        'From release_queue_seq when the release is queued: first in, first out per service and environment.';

      create table if not exists push_attempts (
        id text primary key,
        base text,
        tip text not null,
        state text not null check (state in ('recorded', 'landed', 'lost')),
        created_at timestamptz not null,
        settled_at timestamptz,
        note text
      );
      comment on table push_attempts is 'Written before the push is sent, so that a push in doubt can be settled.';
      comment on column push_attempts.base is 'Null: the first commit of an empty branch.';

      create table if not exists push_attempt_releases (
        attempt_id text not null references push_attempts (id),
        release_id text not null references releases (id),
        commit_sha text not null,
        primary key (attempt_id, release_id)
      );
      create index if not exists push_attempt_releases_release on push_attempt_releases (release_id);
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop table if exists push_attempt_releases, push_attempts, releases;
      drop sequence if exists release_queue_seq;
    `);
  },
};
