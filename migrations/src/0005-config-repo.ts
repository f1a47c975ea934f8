import type { Migration } from './migration.ts';

export const configRepo: Migration = {
  name: '0005-config-repo',

  async up(knex) {
    await knex.raw(`
      create table if not exists owned_folders (
        environment text not null,
        namespace text not null,
        service text not null,
        tree_oid text not null,
        release_id text,
        artifact_id text,
        indexed_at timestamptz not null,
        primary key (environment, namespace, service)
      );
      comment on table owned_folders is 'Index of the config repo: what lies in each release folder at the tip.';

      create table if not exists owned_objects (
        environment text not null,
        api_group text not null,
        kind text not null,
        namespace text not null,
        name text not null,
        service text not null,
        file text not null,
        primary key (environment, api_group, kind, namespace, name)
      );
      create index if not exists owned_objects_service on owned_objects (environment, service);
      comment on table owned_objects is 'Which service has committed an object; the key forbids a second owner.';
      comment on column owned_objects.namespace is 'Empty: cluster-scoped.';

      create table if not exists config_repo_tip (
        branch text primary key,
        commit_sha text not null,
        read_at timestamptz not null
      );
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists config_repo_tip, owned_objects, owned_folders');
  },
};
