import type { Migration } from './migration.ts';

/** What people ask for by a click or a command in a chat, kept from before it is acknowledged until it was answered. */
export const chatRequests: Migration = {
  name: '0027-chat-requests',

  async up(knex) {
    await knex.raw(`
      create table if not exists chat_requests (
        id text primary key,
        source text not null,
        mark text not null,
        asker text not null,
        command jsonb not null,
        reply jsonb,
        answer jsonb,
        asked_at timestamptz not null,
        answered_at timestamptz
      );
      create unique index if not exists chat_requests_mark on chat_requests (source, mark);
      create index if not exists chat_requests_asked_at on chat_requests (asked_at);
      comment on table chat_requests is 'Gone after a week.';
      comment on column chat_requests.mark is 'What the other side sends only once, so that a request that comes again is known.';
      comment on column chat_requests.reply is 'Where the answer goes; forgotten once it is there.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists chat_requests');
  },
};
