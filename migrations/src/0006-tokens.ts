import type { Migration } from './migration.ts';

export const tokens: Migration = {
  name: '0006-tokens',

  async up(knex) {
    await knex.raw(`
      create table if not exists tokens (
        id text primary key,
        kind text not null check (kind in ('admin', 'personal', 'ci', 'daemon')),
        name text not null,
        secret_hash text not null unique,
        person jsonb,
        service_patterns jsonb not null default '[]',
        branch_patterns jsonb not null default '[]',
        environment text,
        cluster text,
        created_by jsonb not null,
        created_at timestamptz not null,
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
      );
      comment on column tokens.secret_hash is 'SHA-256 of the token, lower-case hex; the token itself is never stored.';
      comment on column tokens.person is 'id, name and email of a personal token.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists tokens');
  },
};
