import type { Migration } from './migration.ts';

export const services: Migration = {
  name: '0001-services',

  async up(knex) {
    await knex.raw(`
      create table if not exists services (
        name text primary key,
        namespaces jsonb not null,
        owner text,
        repository text,
        source_path text,
        paths jsonb not null default '[]',
        links jsonb not null default '{}',
        registered_by jsonb not null,
        registered_at timestamptz not null,
        updated_at timestamptz not null
      );
      comment on column services.namespaces is
        'Namespace per environment; the key "default" applies to those it does not name.';
      comment on column services.registered_by is 'Actor';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists services');
  },
};
