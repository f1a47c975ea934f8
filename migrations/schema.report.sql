-- The schema after every migration. Written by the tests: UPDATE_REPORT=1.

create table access_in_force (
  id smallint not null default 1,
  commit_sha text not null,
  files text not null,
  state jsonb not null,
  updated_at timestamp with time zone not null,
  constraint access_in_force_id_check CHECK ((id = 1)),
  constraint access_in_force_pkey PRIMARY KEY (id)
);
-- commit_sha: Changes of people and rights up to this commit of the config repo are in the ledger.
-- files: Ids of the two files at that commit.
-- state: What counts of people.yaml and of rights: their last valid versions, each with its commit.

create table artifacts (
  id text not null,
  seq bigint not null generated always as identity,
  service text not null,
  branch text not null,
  sha text not null,
  state text not null,
  spec jsonb not null,
  zip_sha256 text not null,
  zip_size bigint not null,
  upload_key text,
  upload_expires_at timestamp with time zone,
  environments jsonb not null default '{}'::jsonb,
  problems jsonb not null default '[]'::jsonb,
  proven boolean not null default true,
  registered_by jsonb not null,
  registered_at timestamp with time zone not null,
  uploaded_at timestamp with time zone,
  verified_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  source_proof jsonb,
  constraint artifacts_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'uploaded'::text, 'ready'::text, 'rejected'::text]))),
  constraint artifacts_service_fkey FOREIGN KEY (service) REFERENCES services(name),
  constraint artifacts_pkey PRIMARY KEY (id),
  constraint artifacts_seq_key UNIQUE (seq)
);
CREATE INDEX artifacts_service_branch_seq ON public.artifacts USING btree (service, branch, seq DESC);
CREATE INDEX artifacts_service_seq ON public.artifacts USING btree (service, seq DESC);
CREATE INDEX artifacts_sha ON public.artifacts USING btree (sha text_pattern_ops);
CREATE INDEX artifacts_source_unasked ON public.artifacts USING btree (seq) WHERE (source_proof IS NULL);
CREATE INDEX artifacts_source_waiting ON public.artifacts USING btree (seq) WHERE ((source_proof ->> 'state'::text) = 'waiting'::text);
CREATE INDEX artifacts_state_seq ON public.artifacts USING btree (state, seq DESC);
CREATE INDEX artifacts_unfinished ON public.artifacts USING btree (state, registered_at) WHERE (state = ANY (ARRAY['pending'::text, 'uploaded'::text]));
-- seq: Order of registration, for paging.
-- spec: artifact.json
-- zip_sha256: Lower-case hex.
-- environments: Per environment: state (ready, rejected), files (a count), problems and warnings (file, line, rule, message).
-- problems: What is wrong with the artifact as a whole.
-- proven: False while nobody has confirmed that the commit is on the branch.
-- source_proof: State (waiting, proven, refuted), who said so, when, in words. Null where nobody is asked: no GitHub is configured.

-- What automation last queued, so that it never goes back by itself.
create table automation_heads (
  service text not null,
  environment text not null,
  branch text not null,
  artifact_id text not null,
  updated_at timestamp with time zone not null,
  constraint automation_heads_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES artifacts(id),
  constraint automation_heads_pkey PRIMARY KEY (service, environment, branch)
);

-- Latest artifact of a branch: moves only to something newer.
create table branch_heads (
  service text not null,
  branch text not null,
  artifact_id text not null,
  updated_at timestamp with time zone not null,
  constraint branch_heads_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES artifacts(id),
  constraint branch_heads_pkey PRIMARY KEY (service, branch)
);

create table builds (
  service text not null,
  id text not null,
  seq bigint not null generated always as identity,
  state text not null,
  branch text not null,
  sha text not null,
  source jsonb not null,
  ci jsonb not null,
  checks jsonb not null default '[]'::jsonb,
  artifact_id text,
  reported_by jsonb not null,
  started_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint builds_state_check CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'abandoned'::text]))),
  constraint builds_pkey PRIMARY KEY (service, id),
  constraint builds_seq_key UNIQUE (seq)
);
CREATE INDEX builds_running ON public.builds USING btree (updated_at) WHERE (state = 'running'::text);
CREATE INDEX builds_service_seq ON public.builds USING btree (service, seq DESC);
-- seq: Order of the first report, for paging.
-- branch: As source says it; a build speaks of one commit of one branch.
-- artifact_id: The artifact that took over the checks.
-- updated_at: When it was last heard of.

-- Gone after a week.
create table chat_requests (
  id text not null,
  source text not null,
  mark text not null,
  asker text not null,
  command jsonb not null,
  reply jsonb,
  answer jsonb,
  asked_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  constraint chat_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX chat_requests_asked_at ON public.chat_requests USING btree (asked_at);
CREATE UNIQUE INDEX chat_requests_mark ON public.chat_requests USING btree (source, mark);
-- mark: What the other side sends only once, so that a request that comes again is known.
-- reply: Where the answer goes; forgotten once it is there.

create table config_repo_tip (
  branch text not null,
  commit_sha text not null,
  read_at timestamp with time zone not null,
  constraint config_repo_tip_pkey PRIMARY KEY (branch)
);

-- What containers printed before they died; the newest of each service are kept.
create table crash_logs (
  environment text not null,
  cluster text not null,
  pod_uid text not null,
  container text not null,
  restarts integer not null,
  seq bigint not null generated always as identity,
  service text not null,
  namespace text not null,
  pod text not null,
  stream text not null,
  lines jsonb not null,
  cut boolean not null,
  unavailable text,
  seen_at timestamp with time zone not null,
  constraint crash_logs_pkey PRIMARY KEY (environment, cluster, pod_uid, container, restarts),
  constraint crash_logs_seq_key UNIQUE (seq)
);
CREATE INDEX crash_logs_service ON public.crash_logs USING btree (environment, service, seq DESC);

create table daemon_commands (
  id text not null,
  environment text not null,
  cluster text not null,
  kind text not null,
  request jsonb not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  leased_until timestamp with time zone,
  finished_at timestamp with time zone,
  outcome text,
  answer jsonb,
  log_request text,
  constraint daemon_commands_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text]))),
  constraint daemon_commands_log_request_fkey FOREIGN KEY (log_request) REFERENCES log_requests(id) ON DELETE CASCADE,
  constraint daemon_commands_pkey PRIMARY KEY (id)
);
CREATE INDEX daemon_commands_log_request ON public.daemon_commands USING btree (log_request) WHERE (log_request IS NOT NULL);
CREATE INDEX daemon_commands_open ON public.daemon_commands USING btree (environment, cluster, created_at) WHERE (finished_at IS NULL);

create table daemon_outboxes (
  environment text not null,
  cluster text not null,
  outbox text not null,
  acknowledged bigint not null,
  heard_at timestamp with time zone not null,
  constraint daemon_outboxes_pkey PRIMARY KEY (environment, cluster, outbox)
);
-- acknowledged: Every observation up to this sequence was taken.

-- Who reports from which cluster, and what it said of itself last.
create table daemons (
  environment text not null,
  cluster text not null,
  version text not null,
  facts jsonb not null,
  first_heard_at timestamp with time zone not null,
  heard_at timestamp with time zone not null,
  constraint daemons_pkey PRIMARY KEY (environment, cluster)
);

-- One thing outside each: a message, a comment, a deployment. It is rendered when it is sent.
create table deliveries (
  id text not null,
  end_name text not null,
  kind text not null,
  key text not null,
  subject jsonb not null,
  urgency smallint not null,
  service text,
  environment text,
  release_id text,
  state text not null,
  wanted bigint not null default 1,
  sent bigint not null default 0,
  sent_hash text,
  external jsonb,
  lane text,
  pending_since timestamp with time zone not null,
  not_before timestamp with time zone,
  retry_at timestamp with time zone,
  attempts integer not null default 0,
  attempt_began_at timestamp with time zone,
  in_doubt boolean not null default false,
  claim text,
  last_error jsonb,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  delivered_at timestamp with time zone,
  constraint deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'gone'::text]))),
  constraint deliveries_urgency_check CHECK (((urgency >= 0) AND (urgency <= 2))),
  constraint deliveries_pkey PRIMARY KEY (id),
  constraint deliveries_kind_key_key UNIQUE (kind, key)
);
CREATE INDEX deliveries_due ON public.deliveries USING btree (end_name, urgency, pending_since, id) WHERE (state = 'pending'::text);
CREATE INDEX deliveries_release ON public.deliveries USING btree (release_id, id DESC) WHERE (release_id IS NOT NULL);
CREATE INDEX deliveries_service ON public.deliveries USING btree (service, id DESC);
CREATE INDEX deliveries_state ON public.deliveries USING btree (state, id DESC);
CREATE INDEX deliveries_swept ON public.deliveries USING btree (updated_at);
-- urgency: 0 final, 1 normal, 2 intermediate.
-- wanted: How often it was wanted; sent says which of these the thing outside shows.
-- external: Ids of the thing outside.
-- lane: What of the budget it used last, such as a channel.
-- not_before: Wanted not before; retry_at is the pause after a failure.
-- attempts: Tries since it was delivered last.
-- attempt_began_at: Set while somebody tries: a process that dies leaves it.
-- in_doubt: A try may have written something of which nobody heard.

-- Ends that asked us to wait, and until when.
create table delivery_pauses (
  end_name text not null,
  until timestamp with time zone not null,
  reason text not null,
  constraint delivery_pauses_pkey PRIMARY KEY (end_name)
);

-- What was written outside in the last hour: the budgets count it, also after a restart.
create table delivery_writes (
  end_name text not null,
  lane text,
  writes integer not null,
  at timestamp with time zone not null
);
CREATE INDEX delivery_writes_end ON public.delivery_writes USING btree (end_name, at);

-- A field of a live object that is other than committed; gone when it is as committed again.
create table drifts (
  environment text not null,
  cluster text not null,
  service text not null,
  object text not null,
  field text not null,
  uid text not null,
  wanted text not null,
  live text not null,
  manager text,
  since timestamp with time zone not null,
  reported_at timestamp with time zone,
  constraint drifts_pkey PRIMARY KEY (environment, service, cluster, object, field)
);
CREATE INDEX drifts_service ON public.drifts USING btree (service) WHERE (reported_at IS NOT NULL);
-- manager: Who set it last, by the name that the client gave itself; null where nobody knows.
-- reported_at: Null: it has not stood long enough to be told of.

-- What Flux said by itself. A hint, never a proof: what counts is what the daemon reads.
create table flux_events (
  environment text not null,
  cluster text not null,
  digest text not null,
  service text,
  object text not null,
  severity text not null,
  reason text not null,
  message text not null,
  revision text,
  times integer not null default 1,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  constraint flux_events_pkey PRIMARY KEY (environment, cluster, digest)
);
CREATE INDEX flux_events_last ON public.flux_events USING btree (environment, cluster, last_at DESC);

-- What the webhook of GitHub brought, stored before it was answered; kept for some days.
create table github_events (
  delivery text not null,
  event text not null,
  payload jsonb not null,
  received_at timestamp with time zone not null,
  done_at timestamp with time zone,
  constraint github_events_pkey PRIMARY KEY (delivery)
);
CREATE INDEX github_events_received ON public.github_events USING btree (received_at);
-- payload: The part of it that is read.

-- Where automation is paused. What ended is in the ledger.
create table holds (
  id text not null,
  service text not null,
  environment text not null,
  reason text not null,
  actor jsonb not null,
  since timestamp with time zone not null,
  until timestamp with time zone,
  release_id text,
  provisional boolean not null default false,
  constraint holds_check CHECK (((NOT provisional) OR (release_id IS NOT NULL))),
  constraint holds_pkey PRIMARY KEY (id)
);
CREATE INDEX holds_provisional ON public.holds USING btree (release_id) WHERE provisional;
CREATE INDEX holds_since ON public.holds USING btree (since);
CREATE INDEX holds_target ON public.holds USING btree (service, environment);
CREATE INDEX holds_until ON public.holds USING btree (until) WHERE (until IS NOT NULL);
-- until: Null: until somebody resumes it.
-- release_id: The rollback that set it.
-- provisional: That rollback is not committed yet: the hold counts, and goes away when the rollback is refused.

-- A workload of the current release that went wrong after it was healthy; one at a time.
create table incidents (
  id text not null,
  release_id text not null,
  environment text not null,
  cluster text not null,
  service text not null,
  object text not null,
  code text not null,
  why jsonb not null,
  restarts jsonb not null default '{}'::jsonb,
  times integer not null default 1,
  opened_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint incidents_release_id_fkey FOREIGN KEY (release_id) REFERENCES releases(id),
  constraint incidents_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX incidents_open ON public.incidents USING btree (release_id, cluster, object) WHERE (closed_at IS NULL);
CREATE INDEX incidents_service ON public.incidents USING btree (environment, service, opened_at DESC);
-- restarts: By pod and container: the restart that was counted last.
-- times: Crashes that were counted.

-- Messages and objects straight from the bucket that could not be taken in; the same one again counts up.
create table incoming_problems (
  seq bigint not null generated always as identity,
  code text not null,
  subject text not null,
  message text not null,
  next text,
  times integer not null default 1,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint incoming_problems_pkey PRIMARY KEY (seq),
  constraint incoming_problems_code_subject_key UNIQUE (code, subject)
);
CREATE INDEX incoming_problems_last_seen ON public.incoming_problems USING btree (last_seen_at);
-- subject: The key of the object, or the beginning of the message.

create table ledger (
  id bigint not null generated always as identity,
  tx xid8 not null default pg_current_xact_id(),
  at timestamp with time zone not null,
  kind text not null,
  actor jsonb not null,
  actor_name text not null,
  service text,
  environment text,
  artifact_id text,
  release_id text,
  from_state text,
  to_state text,
  cause text not null,
  details jsonb not null default '{}'::jsonb,
  constraint ledger_pkey PRIMARY KEY (id)
);
CREATE INDEX ledger_blocked ON public.ledger USING btree (service, artifact_id) WHERE (kind = 'automation.blocked'::text);
CREATE INDEX ledger_environment ON public.ledger USING btree (environment, id DESC);
CREATE INDEX ledger_release ON public.ledger USING btree (release_id, id);
CREATE INDEX ledger_target ON public.ledger USING btree (service, environment, id DESC);
CREATE INDEX ledger_tx ON public.ledger USING btree (tx, id);
CREATE TRIGGER ledger_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_heard AFTER INSERT ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_notify();
-- tx: The transaction that wrote the entry; entries are complete up to pg_snapshot_xmin.
-- kind: What happened: release.queued, artifact.ready, policy.applied, token.created, ...

-- The last entry of the ledger that each reader has dealt with.
create table ledger_positions (
  name text not null,
  tx text not null,
  entry bigint not null,
  moved_at timestamp with time zone not null,
  skipped integer not null default 0,
  last_skipped jsonb,
  constraint ledger_positions_pkey PRIMARY KEY (name)
);
-- skipped: Entries that it could not deal with, and went past.

-- What somebody asked the pods of a service for; gone after a quarter of an hour.
create table log_requests (
  id text not null,
  environment text not null,
  service text not null,
  asked jsonb not null,
  left_out integer not null,
  silent jsonb not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint log_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX log_requests_swept ON public.log_requests USING btree (created_at);
CREATE INDEX log_requests_target ON public.log_requests USING btree (environment, service, created_at DESC);
-- left_out: Containers that were not asked, since there were too many.
-- silent: Clusters that could not be asked, and why.

-- What is known of each object of each cluster: its newest version, or that it is gone.
create table observed_objects (
  environment text not null,
  cluster text not null,
  type text not null,
  uid text not null,
  kind text not null,
  namespace text not null,
  name text not null,
  service text,
  resource_version numeric(20,0) not null,
  facts jsonb not null,
  deleted boolean not null,
  seen_at timestamp with time zone not null,
  constraint observed_objects_pkey PRIMARY KEY (environment, cluster, type, uid)
);
CREATE INDEX observed_objects_name ON public.observed_objects USING btree (environment, kind, namespace, name);
CREATE INDEX observed_objects_service ON public.observed_objects USING btree (environment, service);
CREATE INDEX observed_objects_swept ON public.observed_objects USING btree (seen_at) WHERE (deleted OR (type = 'warning'::text));
-- service: Null: of the whole environment, such as the GitRepository.
-- seen_at: When the row changed last, by our clock.

-- Index of the config repo: what lies in each release folder at the tip.
create table owned_folders (
  environment text not null,
  namespace text not null,
  service text not null,
  tree_oid text not null,
  release_id text,
  artifact_id text,
  indexed_at timestamp with time zone not null,
  constraint owned_folders_pkey PRIMARY KEY (environment, namespace, service)
);

-- Which service has committed an object, and in which of its folders.
create table owned_objects (
  environment text not null,
  api_group text not null,
  kind text not null,
  namespace text not null,
  name text not null,
  service text not null,
  file text not null,
  folder_namespace text not null default ''::text,
  constraint owned_objects_pkey PRIMARY KEY (environment, api_group, kind, namespace, name, folder_namespace)
);
CREATE INDEX owned_objects_service ON public.owned_objects USING btree (environment, service);
-- namespace: Empty: cluster-scoped.
-- folder_namespace: Namespace of the folder that declares it; empty: any folder of the service.

-- Commands that somebody wrote into a comment; each is carried out once.
create table pull_request_commands (
  comment_id bigint not null,
  repository text not null,
  number integer not null,
  login text not null,
  asked text not null,
  asked_at timestamp with time zone not null,
  answer text,
  succeeded boolean,
  answered_at timestamp with time zone,
  constraint pull_request_commands_repository_number_fkey FOREIGN KEY (repository, number) REFERENCES pull_requests(repository, number) ON DELETE CASCADE,
  constraint pull_request_commands_pkey PRIMARY KEY (comment_id)
);
CREATE INDEX pull_request_commands_place ON public.pull_request_commands USING btree (repository, number, comment_id);

-- Repositories whose pull requests are polled beside the webhook.
create table pull_request_looks (
  repository text not null,
  address text not null,
  looked_at timestamp with time zone not null,
  updated_to timestamp with time zone,
  constraint pull_request_looks_pkey PRIMARY KEY (repository)
);
-- updated_to: The newest change of a pull request that was seen there.

-- Where the merge of a pull request goes by itself.
create table pull_request_targets (
  repository text not null,
  number integer not null,
  service text not null,
  environment text not null,
  place integer not null,
  policy text not null,
  release_id text,
  settled boolean not null default false,
  constraint pull_request_targets_repository_number_fkey FOREIGN KEY (repository, number) REFERENCES pull_requests(repository, number) ON DELETE CASCADE,
  constraint pull_request_targets_pkey PRIMARY KEY (repository, number, service, environment)
);
CREATE INDEX pull_request_targets_place ON public.pull_request_targets USING btree (service, environment);
CREATE INDEX pull_request_targets_release ON public.pull_request_targets USING btree (release_id);
CREATE INDEX pull_request_targets_service ON public.pull_request_targets USING btree (service) WHERE (NOT settled);
-- settled: It has arrived: only what happens to that release still matters.

create table pull_requests (
  repository text not null,
  number integer not null,
  address text not null,
  title text not null,
  author text,
  draft boolean not null,
  state text not null,
  head_sha text not null,
  head_branch text not null,
  head_repository text,
  base_branch text not null,
  merge_sha text,
  merged_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  changed_files jsonb,
  rules_hash text,
  builds jsonb not null default '{}'::jsonb,
  constraint pull_requests_state_check CHECK ((state = ANY (ARRAY['open'::text, 'merged'::text, 'closed'::text]))),
  constraint pull_requests_pkey PRIMARY KEY (repository, number)
);
CREATE INDEX pull_requests_head ON public.pull_requests USING btree (head_sha) WHERE (state = 'open'::text);
CREATE INDEX pull_requests_open ON public.pull_requests USING btree (repository, base_branch) WHERE (state = 'open'::text);
-- repository: owner/name, lower case.
-- head_repository: Null: it was deleted. Another one than repository: a fork.
-- updated_at: As GitHub says: an older report changes nothing.
-- changed_files: What the head changes, with the head and base that were compared.
-- rules_hash: Of the policies that the last plan was made by.
-- builds: By service: the place of the first artifact of the base branch that contains the merge, or up to which none does.

create table push_attempt_releases (
  attempt_id text not null,
  release_id text not null,
  commit_sha text not null,
  constraint push_attempt_releases_attempt_id_fkey FOREIGN KEY (attempt_id) REFERENCES push_attempts(id),
  constraint push_attempt_releases_release_id_fkey FOREIGN KEY (release_id) REFERENCES releases(id),
  constraint push_attempt_releases_pkey PRIMARY KEY (attempt_id, release_id)
);
CREATE INDEX push_attempt_releases_release ON public.push_attempt_releases USING btree (release_id);

-- Written before the push is sent, so that a push in doubt can be settled.
create table push_attempts (
  id text not null,
  base text,
  tip text not null,
  state text not null,
  created_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  note text,
  constraint push_attempts_state_check CHECK ((state = ANY (ARRAY['recorded'::text, 'landed'::text, 'lost'::text]))),
  constraint push_attempts_pkey PRIMARY KEY (id)
);
-- base: Null: the first commit of an empty branch.

-- Artifacts that may not be released in an environment. What was lifted is in the ledger.
create table quarantines (
  id text not null,
  artifact_id text not null,
  service text not null,
  environment text not null,
  reason text not null,
  actor jsonb not null,
  since timestamp with time zone not null,
  release_id text,
  provisional boolean not null default false,
  constraint quarantines_check CHECK (((NOT provisional) OR (release_id IS NOT NULL))),
  constraint quarantines_pkey PRIMARY KEY (id)
);
CREATE INDEX quarantines_artifact ON public.quarantines USING btree (artifact_id, environment);
CREATE INDEX quarantines_provisional ON public.quarantines USING btree (release_id) WHERE provisional;
CREATE INDEX quarantines_since ON public.quarantines USING btree (since);
CREATE INDEX quarantines_target ON public.quarantines USING btree (service, environment);

create table recovery (
  id smallint not null default 1,
  known_tip text,
  state text not null default 'whole'::text,
  reason text,
  found_at timestamp with time zone,
  found_tip text,
  services integer not null default 0,
  history_done boolean not null default true,
  commits integer,
  commits_read integer not null default 0,
  releases integer not null default 0,
  store_done boolean not null default true,
  store_at text,
  artifacts integer not null default 0,
  rebuilt_at timestamp with time zone,
  resumed_at timestamp with time zone,
  updated_at timestamp with time zone not null default now(),
  constraint recovery_id_check CHECK ((id = 1)),
  constraint recovery_state_check CHECK ((state = ANY (ARRAY['whole'::text, 'rebuilding'::text, 'held'::text]))),
  constraint recovery_pkey PRIMARY KEY (id)
);
-- known_tip: Every release that was committed up to this commit of the config repo is in releases, or is being rebuilt.
-- state: rebuilding and held: automation waits. held: everything was read again, an administrator has to resume.
-- found_tip: The tip when the loss was found: what is older is rebuilt.
-- store_at: Key of the last stored artifact that was looked at, service by service.

-- Stored objects that are no artifact of ours any more, and why.
create table recovery_skipped (
  key text not null,
  problem text not null,
  skipped_at timestamp with time zone not null,
  constraint recovery_skipped_pkey PRIMARY KEY (key)
);

create table releases (
  id text not null,
  seq bigint not null generated always as identity,
  request_id text not null,
  service text not null,
  environment text not null,
  artifact_id text,
  intent text not null,
  automatic boolean not null,
  branch text,
  state text not null,
  actor jsonb not null,
  author jsonb not null,
  reason text,
  decision jsonb,
  waits_for text,
  failure jsonb,
  superseded_by text,
  replaced_artifact_id text,
  retry_of text,
  queue_seq bigint,
  commit_sha text,
  idempotency_key text,
  requested_at timestamp with time zone not null,
  queued_at timestamp with time zone,
  committed_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  leaves_namespace text,
  request_hash text,
  tree_oid text,
  watched boolean not null default false,
  rolled_back_by text,
  constraint releases_pkey PRIMARY KEY (id),
  constraint releases_idempotency_key_key UNIQUE (idempotency_key),
  constraint releases_seq_key UNIQUE (seq)
);
CREATE INDEX releases_artifact ON public.releases USING btree (artifact_id);
CREATE INDEX releases_environment_state_seq ON public.releases USING btree (environment, state, seq DESC);
CREATE INDEX releases_open ON public.releases USING btree (state) WHERE (state = ANY (ARRAY['waiting'::text, 'queued'::text]));
CREATE INDEX releases_queue ON public.releases USING btree (state, queue_seq) WHERE (state = 'queued'::text);
CREATE INDEX releases_request ON public.releases USING btree (request_id);
CREATE INDEX releases_seq ON public.releases USING btree (seq DESC);
CREATE INDEX releases_target_seq ON public.releases USING btree (service, environment, seq DESC);
-- artifact_id: Null: the service is undeployed.
-- author: GitIdentity of the commit.
-- failure: code, message and next.
-- queue_seq: From release_queue_seq when the release is queued: first in, first out per service and environment.
-- watched: A daemon reports from its environment: it does not end at committed.
-- rolled_back_by: The rollback that took its place.

create table rollbacks (
  id text not null,
  service text not null,
  environment text not null,
  from_artifact_id text,
  to_artifact_id text not null,
  release_id text,
  cancelled text[] not null default '{}'::text[],
  quarantined text[] not null default '{}'::text[],
  reason text not null,
  actor jsonb not null,
  idempotency_key text,
  request_hash text,
  accepted_at timestamp with time zone not null,
  constraint rollbacks_pkey PRIMARY KEY (id),
  constraint rollbacks_idempotency_key_key UNIQUE (idempotency_key)
);
CREATE INDEX rollbacks_target ON public.rollbacks USING btree (service, environment, accepted_at DESC);
-- from_artifact_id: Null: an undeploy was taken back.
-- release_id: Null: nothing had to be committed, since the bad release was still queued.
-- cancelled: Releases that were queued and did not go out because of it.
-- quarantined: Environments in which the bad artifact was quarantined.

-- Which service has to be judged again in which environment, and when.
create table rollout_looks (
  environment text not null,
  service text not null,
  due_at timestamp with time zone not null,
  claim text,
  claimed_until timestamp with time zone,
  constraint rollout_looks_pkey PRIMARY KEY (environment, service)
);
CREATE INDEX rollout_looks_due ON public.rollout_looks USING btree (due_at);
-- claim: Who judges right now; whoever lost it writes nothing.

create table rollouts (
  release_id text not null,
  cluster text not null,
  environment text not null,
  service text not null,
  watch text not null,
  phase text not null,
  verdict jsonb not null,
  since timestamp with time zone not null,
  judged_at timestamp with time zone not null,
  constraint rollouts_phase_check CHECK ((phase = ANY (ARRAY['waiting-for-flux'::text, 'applied'::text, 'rolling-out'::text, 'healthy'::text, 'failed'::text]))),
  constraint rollouts_watch_check CHECK ((watch = ANY (ARRAY['open'::text, 'current'::text, 'past'::text]))),
  constraint rollouts_release_id_fkey FOREIGN KEY (release_id) REFERENCES releases(id),
  constraint rollouts_pkey PRIMARY KEY (release_id, cluster)
);
CREATE INDEX rollouts_watched ON public.rollouts USING btree (environment, service) WHERE (watch <> 'past'::text);
-- watch: open: not decided yet, or failed and may heal; current: healthy and still what should be there; past: no longer.
-- verdict: What is said of it, its workloads, and what the next look has to remember.
-- since: Since when it is in its phase.

create table schema_migrations (
  name text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table services (
  name text not null,
  namespaces jsonb not null,
  owner text,
  repository text,
  source_path text,
  paths jsonb not null default '[]'::jsonb,
  links jsonb not null default '{}'::jsonb,
  registered_by jsonb not null,
  registered_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint services_pkey PRIMARY KEY (name)
);
-- namespaces: Namespace per environment; the key "default" applies to those it does not name.
-- registered_by: Actor

-- One message per channel and what belongs together: a merge, a command.
create table slack_messages (
  channel text not null,
  group_key text not null,
  service text,
  digest text,
  created_at timestamp with time zone not null,
  constraint slack_messages_pkey PRIMARY KEY (channel, group_key)
);
CREATE INDEX slack_messages_digest ON public.slack_messages USING btree (channel, digest) WHERE (digest IS NOT NULL);
CREATE INDEX slack_messages_group ON public.slack_messages USING btree (group_key);
CREATE INDEX slack_messages_recent ON public.slack_messages USING btree (channel, created_at);
-- group_key: artifact/…, build/…, request/… or digest/….
-- digest: The digest that tells of it instead of a message of its own.

-- Who an e-mail is in Slack, as Slack said; a copy that may be deleted.
create table slack_people (
  email text not null,
  slack_id text,
  checked_at timestamp with time zone not null,
  constraint slack_people_pkey PRIMARY KEY (email)
);

-- The message itself and what stands in its thread, in the order of seq.
create table slack_posts (
  channel text not null,
  group_key text not null,
  item text not null,
  seq bigint not null generated always as identity,
  subject jsonb not null,
  ts text,
  trying_since timestamp with time zone,
  sent_hash text,
  created_at timestamp with time zone not null,
  constraint slack_posts_channel_group_key_fkey FOREIGN KEY (channel, group_key) REFERENCES slack_messages(channel, group_key) ON DELETE CASCADE,
  constraint slack_posts_pkey PRIMARY KEY (channel, group_key, item)
);
-- ts: Its id in Slack; absent until it is known to be there.
-- trying_since: A send began and its end is not known: it is looked up before it is sent again.

-- state/<environment>/<service>.json of the config repo: whether it says what the rows say.
create table state_files (
  environment text not null,
  service text not null,
  version bigint not null,
  written_version bigint not null,
  actor jsonb not null,
  reason text,
  changed_at timestamp with time zone not null,
  constraint state_files_pkey PRIMARY KEY (environment, service)
);
CREATE INDEX state_files_behind ON public.state_files USING btree (environment, service) WHERE (version > written_version);
-- version: Grows with every change of a hold or a quarantine of the target.
-- actor: Who changed it last: the author of the commit.

create table tokens (
  id text not null,
  kind text not null,
  name text not null,
  secret_hash text not null,
  person jsonb,
  service_patterns jsonb not null default '[]'::jsonb,
  branch_patterns jsonb not null default '[]'::jsonb,
  environment text,
  cluster text,
  created_by jsonb not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint tokens_kind_check CHECK ((kind = ANY (ARRAY['admin'::text, 'personal'::text, 'ci'::text, 'daemon'::text]))),
  constraint tokens_pkey PRIMARY KEY (id),
  constraint tokens_secret_hash_key UNIQUE (secret_hash)
);
-- secret_hash: SHA-256 of the token, lower-case hex; the token itself is never stored.
-- person: id, name and email of a personal token.

-- The last entry of the ledger of which the trace collector was told.
create table trace_export (
  single boolean not null default true,
  tx text not null,
  entry bigint not null,
  constraint trace_export_single_check CHECK (single),
  constraint trace_export_pkey PRIMARY KEY (single)
);

create sequence release_queue_seq;

CREATE OR REPLACE FUNCTION public.ledger_notify()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        begin
          perform pg_notify('ledger', '');
          return null;
        end
      $function$
;

CREATE OR REPLACE FUNCTION public.ledger_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        begin
          raise exception 'the ledger is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
        end
      $function$
;
