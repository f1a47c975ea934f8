import type { Migration } from './migration.ts';

const schema = `
  create table if not exists github_events (
    delivery text primary key,
    event text not null,
    payload jsonb not null,
    received_at timestamptz not null,
    done_at timestamptz
  );
  create index if not exists github_events_received on github_events (received_at);
  comment on table github_events is 'What the webhook of GitHub brought, stored before it was answered; kept for some days.';
  comment on column github_events.payload is 'The part of it that is read.';

  create table if not exists pull_requests (
    repository text not null,
    number integer not null,
    address text not null,
    title text not null,
    author text,
    draft boolean not null,
    state text not null check (state in ('open', 'merged', 'closed')),
    head_sha text not null,
    head_branch text not null,
    head_repository text,
    base_branch text not null,
    merge_sha text,
    merged_at timestamptz,
    updated_at timestamptz not null,
    changed_files jsonb,
    rules_hash text,
    builds jsonb not null default '{}',
    primary key (repository, number)
  );
  create index if not exists pull_requests_open on pull_requests (repository, base_branch) where state = 'open';
  create index if not exists pull_requests_head on pull_requests (head_sha) where state = 'open';
  comment on column pull_requests.repository is 'owner/name, lower case.';
  comment on column pull_requests.head_repository is 'Null: it was deleted. Another one than repository: a fork.';
  comment on column pull_requests.updated_at is 'As GitHub says: an older report changes nothing.';
  comment on column pull_requests.changed_files is 'What the head changes, with the head and base that were compared.';
  comment on column pull_requests.rules_hash is 'Of the policies that the last plan was made by.';
  comment on column pull_requests.builds is
    'By service: the place of the first artifact of the base branch that contains the merge, or up to which none does.';

  create table if not exists pull_request_targets (
    repository text not null,
    number integer not null,
    service text not null,
    environment text not null,
    place integer not null,
    policy text not null,
    release_id text,
    settled boolean not null default false,
    primary key (repository, number, service, environment),
    foreign key (repository, number) references pull_requests (repository, number) on delete cascade
  );
  create index if not exists pull_request_targets_service on pull_request_targets (service) where not settled;
  create index if not exists pull_request_targets_release on pull_request_targets (release_id);
  comment on table pull_request_targets is 'Where the merge of a pull request goes by itself.';
  comment on column pull_request_targets.settled is 'It has arrived: only what happens to that release still matters.';

  create table if not exists pull_request_looks (
    repository text primary key,
    address text not null,
    looked_at timestamptz not null,
    updated_to timestamptz
  );
  comment on table pull_request_looks is 'Repositories whose pull requests are polled beside the webhook.';
  comment on column pull_request_looks.updated_to is 'The newest change of a pull request that was seen there.';

  create table if not exists pull_request_commands (
    comment_id bigint primary key,
    repository text not null,
    number integer not null,
    login text not null,
    asked text not null,
    asked_at timestamptz not null,
    answer text,
    succeeded boolean,
    answered_at timestamptz,
    foreign key (repository, number) references pull_requests (repository, number) on delete cascade
  );
  create index if not exists pull_request_commands_place on pull_request_commands (repository, number, comment_id);
  comment on table pull_request_commands is 'Commands that somebody wrote into a comment; each is carried out once.';
`;

/** Pull requests of the source repositories: what GitHub told, what their merge releases, and what people asked there. */
export const pullRequests: Migration = {
  name: '0024-pull-requests',

  async up(knex) {
    await knex.raw(schema);
  },

  async down(knex) {
    await knex.raw(`
      drop table if exists pull_request_commands, pull_request_looks, pull_request_targets, pull_requests, github_events;
    `);
  },
};
