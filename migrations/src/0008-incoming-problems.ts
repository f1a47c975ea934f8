import type { Migration } from './migration.ts';

/** Kept few by its writer: whoever may write to a bucket or a queue must not be able to fill the database. */
export const incomingProblems: Migration = {
  name: '0008-incoming-problems',

  async up(knex) {
    await knex.raw(`
      create table if not exists incoming_problems (
        seq bigint generated always as identity primary key,
        code text not null,
        subject text not null,
        message text not null,
        next text,
        times integer not null default 1,
        first_seen_at timestamptz not null,
        last_seen_at timestamptz not null,
        unique (code, subject)
      );
      create index if not exists incoming_problems_last_seen on incoming_problems (last_seen_at);
      comment on table incoming_problems is
        'Messages and objects straight from the bucket that could not be taken in; the same one again counts up.';
      comment on column incoming_problems.subject is 'The key of the object, or the beginning of the message.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists incoming_problems');
  },
};
