import type { Migration } from './migration.ts';

/** What was said in Slack, so that it is edited instead of said again, and who is who there. */
export const slack: Migration = {
  name: '0023-slack',

  async up(knex) {
    await knex.raw(`
      create table if not exists slack_messages (
        channel text not null,
        group_key text not null,
        service text,
        digest text,
        created_at timestamptz not null,
        primary key (channel, group_key)
      );
      create index if not exists slack_messages_group on slack_messages (group_key);
      create index if not exists slack_messages_recent on slack_messages (channel, created_at);
      create index if not exists slack_messages_digest on slack_messages (channel, digest) where digest is not null;
      comment on table slack_messages is 'One message per channel and what belongs together: a merge, a command.';
      comment on column slack_messages.group_key is 'artifact/…, build/…, request/… or digest/….';
      comment on column slack_messages.digest is 'The digest that tells of it instead of a message of its own.';

      create table if not exists slack_posts (
        channel text not null,
        group_key text not null,
        item text not null,
        seq bigint generated always as identity,
        subject jsonb not null,
        ts text,
        trying_since timestamptz,
        sent_hash text,
        created_at timestamptz not null,
        primary key (channel, group_key, item),
        foreign key (channel, group_key) references slack_messages (channel, group_key) on delete cascade
      );
      comment on table slack_posts is 'The message itself and what stands in its thread, in the order of seq.';
      comment on column slack_posts.ts is 'Its id in Slack; absent until it is known to be there.';
      comment on column slack_posts.trying_since is 'A send began and its end is not known: it is looked up before it is sent again.';

      create table if not exists slack_people (
        email text primary key,
        slack_id text,
        checked_at timestamptz not null
      );
      comment on table slack_people is 'Who an e-mail is in Slack, as Slack said; a copy that may be deleted.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists slack_people, slack_posts, slack_messages;');
  },
};
