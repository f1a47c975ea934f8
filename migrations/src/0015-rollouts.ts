import type { Migration } from './migration.ts';

/** What daemons say of themselves and of the objects they see. */
const told = `
  create table if not exists daemons (
    environment text not null,
    cluster text not null,
    version text not null,
    facts jsonb not null,
    first_heard_at timestamptz not null,
    heard_at timestamptz not null,
    primary key (environment, cluster)
  );
  comment on table daemons is 'Who reports from which cluster, and what it said of itself last.';

  create table if not exists daemon_outboxes (
    environment text not null,
    cluster text not null,
    outbox text not null,
    acknowledged bigint not null,
    heard_at timestamptz not null,
    primary key (environment, cluster, outbox)
  );
  comment on column daemon_outboxes.acknowledged is 'Every observation up to this sequence was taken.';

  create table if not exists observed_objects (
    environment text not null,
    cluster text not null,
    type text not null,
    uid text not null,
    kind text not null,
    namespace text not null,
    name text not null,
    service text,
    resource_version numeric(20) not null,
    facts jsonb not null,
    deleted boolean not null,
    seen_at timestamptz not null,
    primary key (environment, cluster, type, uid)
  );
  create index if not exists observed_objects_service on observed_objects (environment, service);
  create index if not exists observed_objects_name on observed_objects (environment, kind, namespace, name);
  create index if not exists observed_objects_swept on observed_objects (seen_at) where deleted or type = 'warning';
  comment on table observed_objects is 'What is known of each object of each cluster: its newest version, or that it is gone.';
  comment on column observed_objects.service is 'Null: of the whole environment, such as the GitRepository.';
  comment on column observed_objects.seen_at is 'When the row changed last, by our clock.';

  create table if not exists crash_logs (
    environment text not null,
    cluster text not null,
    pod_uid text not null,
    container text not null,
    restarts integer not null,
    seq bigint generated always as identity unique,
    service text not null,
    namespace text not null,
    pod text not null,
    stream text not null,
    lines jsonb not null,
    cut boolean not null,
    unavailable text,
    seen_at timestamptz not null,
    primary key (environment, cluster, pod_uid, container, restarts)
  );
  create index if not exists crash_logs_service on crash_logs (environment, service, seq desc);
  comment on table crash_logs is 'What containers printed before they died; the newest of each service are kept.';
`;

/** What is asked of daemons, and what is concluded. */
const made = `
  create table if not exists daemon_commands (
    id text primary key,
    environment text not null,
    cluster text not null,
    kind text not null,
    request jsonb not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    leased_until timestamptz,
    finished_at timestamptz,
    outcome text check (outcome in ('done', 'failed')),
    answer jsonb
  );
  create index if not exists daemon_commands_open on daemon_commands (environment, cluster, created_at)
    where finished_at is null;

  create table if not exists rollouts (
    release_id text not null references releases (id),
    cluster text not null,
    environment text not null,
    service text not null,
    watch text not null check (watch in ('open', 'current', 'past')),
    phase text not null
      check (phase in ('waiting-for-flux', 'applied', 'rolling-out', 'healthy', 'failed')),
    verdict jsonb not null,
    since timestamptz not null,
    judged_at timestamptz not null,
    primary key (release_id, cluster)
  );
  create index if not exists rollouts_watched on rollouts (environment, service) where watch <> 'past';
  comment on column rollouts.watch is
    'open: not decided yet, or failed and may heal; current: healthy and still what should be there; past: no longer.';
  comment on column rollouts.verdict is 'What is said of it, its workloads, and what the next look has to remember.';
  comment on column rollouts.since is 'Since when it is in its phase.';

  create table if not exists rollout_looks (
    environment text not null,
    service text not null,
    due_at timestamptz not null,
    claim text,
    claimed_until timestamptz,
    primary key (environment, service)
  );
  create index if not exists rollout_looks_due on rollout_looks (due_at);
  comment on table rollout_looks is 'Which service has to be judged again in which environment, and when.';
  comment on column rollout_looks.claim is 'Who judges right now; whoever lost it writes nothing.';

  alter table releases add column if not exists watched boolean not null default false;
  comment on column releases.watched is 'A daemon reports from its environment: it does not end at committed.';
`;

/** What the daemons of the clusters tell, and what is made of it for each release. */
export const rollouts: Migration = {
  name: '0015-rollouts',

  async up(knex) {
    await knex.raw(told);
    await knex.raw(made);
  },

  async down(knex) {
    await knex.raw(`
      alter table releases drop column if exists watched;
      drop table if exists rollout_looks, rollouts, daemon_commands, crash_logs, observed_objects, daemon_outboxes, daemons;
    `);
  },
};
