import type { Migration } from './migration.ts';

export const artifacts: Migration = {
  name: '0002-artifacts',

  async up(knex) {
    await knex.raw(`
      create table if not exists artifacts (
        id text primary key,
        seq bigint generated always as identity unique,
        service text not null references services (name),
        branch text not null,
        sha text not null,
        state text not null check (state in ('pending', 'uploaded', 'ready', 'rejected')),
        spec jsonb not null,
        zip_sha256 text not null,
        zip_size bigint not null,
        upload_key text,
        upload_expires_at timestamptz,
        environments jsonb not null default '{}',
        problems jsonb not null default '[]',
        proven boolean not null default true,
        registered_by jsonb not null,
        registered_at timestamptz not null,
        uploaded_at timestamptz,
        verified_at timestamptz,
        updated_at timestamptz not null
      );
      create index if not exists artifacts_service_branch_seq on artifacts (service, branch, seq desc);
      create index if not exists artifacts_service_seq on artifacts (service, seq desc);
      create index if not exists artifacts_unfinished on artifacts (state, registered_at)
        where state in ('pending', 'uploaded');
      comment on column artifacts.seq is 'Order of registration, for paging.';
      comment on column artifacts.spec is 'artifact.json';
      comment on column artifacts.zip_sha256 is 'Lower-case hex.';
      comment on column artifacts.environments is
        'Per environment: state (ready, rejected), files (a count), problems and warnings (file, line, rule, message).';
      comment on column artifacts.problems is 'What is wrong with the artifact as a whole.';
      comment on column artifacts.proven is 'False while nobody has confirmed that the commit is on the branch.';

      create table if not exists branch_heads (
        service text not null,
        branch text not null,
        artifact_id text not null references artifacts (id),
        updated_at timestamptz not null,
        primary key (service, branch)
      );
      comment on table branch_heads is 'Latest artifact of a branch: moves only to something newer.';

      create table if not exists automation_heads (
        service text not null,
        environment text not null,
        branch text not null,
        artifact_id text not null references artifacts (id),
        updated_at timestamptz not null,
        primary key (service, environment, branch)
      );
      comment on table automation_heads is 'What automation last queued, so that it never goes back by itself.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists automation_heads, branch_heads, artifacts');
  },
};
