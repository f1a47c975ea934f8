import type { Migration } from './migration.ts';

const schema = `
  create table if not exists deliveries (
    id text primary key,
    end_name text not null,
    kind text not null,
    key text not null,
    subject jsonb not null,
    urgency smallint not null check (urgency between 0 and 2),
    service text,
    environment text,
    release_id text,
    state text not null check (state in ('pending', 'delivered', 'failed', 'gone')),
    wanted bigint not null default 1,
    sent bigint not null default 0,
    sent_hash text,
    external jsonb,
    lane text,
    pending_since timestamptz not null,
    not_before timestamptz,
    retry_at timestamptz,
    attempts integer not null default 0,
    attempt_began_at timestamptz,
    in_doubt boolean not null default false,
    claim text,
    last_error jsonb,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    delivered_at timestamptz,
    unique (kind, key)
  );
  create index if not exists deliveries_due on deliveries (end_name, urgency, pending_since, id)
    where state = 'pending';
  create index if not exists deliveries_state on deliveries (state, id desc);
  create index if not exists deliveries_service on deliveries (service, id desc);
  create index if not exists deliveries_swept on deliveries (updated_at);
  comment on table deliveries is 'One thing outside each: a message, a comment, a deployment. It is rendered when it is sent.';
  comment on column deliveries.urgency is '0 final, 1 normal, 2 intermediate.';
  comment on column deliveries.wanted is 'How often it was wanted; sent says which of these the thing outside shows.';
  comment on column deliveries.external is 'Ids of the thing outside.';
  comment on column deliveries.lane is 'What of the budget it used last, such as a channel.';
  comment on column deliveries.not_before is 'Wanted not before; retry_at is the pause after a failure.';
  comment on column deliveries.attempts is 'Tries since it was delivered last.';
  comment on column deliveries.attempt_began_at is 'Set while somebody tries: a process that dies leaves it.';
  comment on column deliveries.in_doubt is 'A try may have written something of which nobody heard.';

  create table if not exists delivery_writes (
    end_name text not null,
    lane text,
    writes integer not null,
    at timestamptz not null
  );
  create index if not exists delivery_writes_end on delivery_writes (end_name, at);
  comment on table delivery_writes is 'What was written outside in the last hour: the budgets count it, also after a restart.';

  create table if not exists delivery_pauses (
    end_name text primary key,
    until timestamptz not null,
    reason text not null
  );
  comment on table delivery_pauses is 'Ends that asked us to wait, and until when.';

  create table if not exists ledger_positions (
    name text primary key,
    tx text not null,
    entry bigint not null,
    moved_at timestamptz not null,
    skipped integer not null default 0,
    last_skipped jsonb
  );
  comment on table ledger_positions is 'The last entry of the ledger that each reader has dealt with.';
  comment on column ledger_positions.skipped is 'Entries that it could not deal with, and went past.';
`;

/** What is to be brought up to date outside, what became of it, and how far the record was read for it. */
export const deliveries: Migration = {
  name: '0022-deliveries',

  async up(knex) {
    await knex.raw(schema);
  },

  async down(knex) {
    await knex.raw(`
      drop table if exists ledger_positions;
      drop table if exists delivery_pauses;
      drop table if exists delivery_writes;
      drop table if exists deliveries;
    `);
  },
};
