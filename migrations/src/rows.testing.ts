const actor = { kind: 'admin' };
const at = new Date('2026-01-02T03:04:05Z');

/** One row per table, for the tests of the migrations. */
export const serviceRow = {
  name: 'web',
  namespaces: { default: 'shop' },
  registered_by: actor,
  registered_at: at,
  updated_at: at,
};

export const artifactRow = {
  id: 'main-0123456789-0123456789',
  service: 'web',
  branch: 'main',
  sha: 'a'.repeat(40),
  state: 'ready',
  spec: {},
  zip_sha256: 'd'.repeat(64),
  zip_size: 1_234,
  registered_by: actor,
  registered_at: at,
  updated_at: at,
};

export const releaseRow = {
  id: 'rel_1',
  request_id: 'req_1',
  service: 'web',
  environment: 'dev',
  artifact_id: artifactRow.id,
  intent: 'artifact',
  automatic: false,
  state: 'queued',
  actor,
  author: { name: 'Ada', email: 'ada@example.com' },
  requested_at: at,
  updated_at: at,
};

export const folderRow = {
  environment: 'dev',
  namespace: 'shop',
  service: 'web',
  tree_oid: 'c'.repeat(40),
  indexed_at: at,
};

export const objectRow = {
  environment: 'dev',
  api_group: 'apps',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  service: 'web',
  file: 'd.yaml',
};

export const entryRow = {
  at,
  kind: 'release.queued',
  actor,
  actor_name: 'admin',
  release_id: 'rel_1',
  cause: 'request',
};

export const tokenRow = {
  id: 'tok_1',
  kind: 'ci',
  name: 'web',
  secret_hash: 'e'.repeat(64),
  created_by: actor,
  created_at: at,
};

export const buildRow = {
  service: 'web',
  id: '0123456789abcdef0123',
  state: 'running',
  branch: 'main',
  sha: 'a'.repeat(40),
  source: {},
  ci: {},
  reported_by: actor,
  started_at: at,
  updated_at: at,
};

export const incomingProblemRow = {
  code: 'incoming.not-json',
  subject: 'hello',
  message: 'It is no JSON.',
  first_seen_at: at,
  last_seen_at: at,
};

export const holdRow = { id: 'hold_1', service: 'web', environment: 'dev', reason: 'a bad night', actor, since: at };

export const quarantineRow = { ...holdRow, id: 'qua_1', artifact_id: artifactRow.id };

export const stateFileRow = {
  environment: 'dev',
  service: 'web',
  version: 1,
  written_version: 0,
  actor,
  changed_at: at,
};

export const rollbackRow = {
  id: 'rbk_1',
  service: 'web',
  environment: 'dev',
  from_artifact_id: artifactRow.id,
  to_artifact_id: 'main-abcdef0123-0123456789',
  release_id: releaseRow.id,
  cancelled: ['rel_0'],
  quarantined: ['dev'],
  reason: 'a bad night',
  actor,
  accepted_at: at,
};

export const accessRow = { commit_sha: 'c'.repeat(40), files: 'd e', state: {}, updated_at: at };

export const daemonRow = {
  environment: 'dev',
  cluster: 'default',
  version: '1',
  facts: {},
  first_heard_at: at,
  heard_at: at,
};

export const rolloutRow = {
  release_id: releaseRow.id,
  cluster: 'default',
  environment: 'dev',
  service: 'web',
  watch: 'open',
  phase: 'applied',
  verdict: {},
  since: at,
  judged_at: at,
};

export const incidentRow = {
  id: 'inc_1',
  release_id: releaseRow.id,
  environment: 'dev',
  cluster: 'default',
  service: 'web',
  object: 'Deployment shop/web',
  code: 'pod.crash-loop',
  why: {},
  opened_at: at,
  last_at: at,
};

export const traceExportRow = { tx: '1', entry: 1 };

export const driftRow = {
  environment: 'dev',
  cluster: 'default',
  service: 'web',
  object: 'Deployment shop/web',
  field: 'replicas',
  uid: 'u',
  wanted: '2',
  live: '5',
  since: at,
};

export const commandRow = {
  id: 'cmd_1',
  environment: 'dev',
  cluster: 'default',
  kind: 'flux.poke',
  request: {},
  created_at: at,
  expires_at: at,
};

export const logRequestRow = {
  id: 'log_1',
  environment: 'dev',
  service: 'web',
  asked: {},
  left_out: 0,
  silent: '[]',
  created_at: at,
  expires_at: at,
};

export const deliveryRow = {
  id: 'dlv_1',
  end_name: 'slack',
  kind: 'slack.release',
  key: 'rel_1',
  subject: {},
  urgency: 0,
  state: 'pending',
  pending_since: at,
  created_at: at,
  updated_at: at,
};

export const deliveryWriteRow = { end_name: 'slack', lane: 'C1', writes: 1, at };

export const deliveryPauseRow = { end_name: 'slack', until: at, reason: 'it asked us to wait' };

export const ledgerPositionRow = { name: 'slack', tx: '1', entry: 1, moved_at: at };

export const pullRequestRow = {
  repository: 'acme/shop',
  number: 7,
  address: 'https://github.com/acme/shop',
  title: 'a change',
  draft: false,
  state: 'open',
  head_sha: '0'.repeat(40),
  head_branch: 'topic',
  base_branch: 'main',
  updated_at: at,
};

export const pullRequestTargetRow = {
  repository: 'acme/shop',
  number: 7,
  service: 'web',
  environment: 'dev',
  place: 0,
  policy: 'auto-release-main-dev',
};

export const pullRequestCommandRow = {
  comment_id: 1,
  repository: 'acme/shop',
  number: 7,
  login: 'ada',
  asked: '/why',
  asked_at: at,
};

export const pullRequestLookRow = { repository: 'acme/shop', address: 'https://github.com/acme/shop', looked_at: at };

export const githubEventRow = { delivery: 'd1', event: 'push', payload: {}, received_at: at };

export const chatRequestRow = {
  id: 'req_1',
  source: 'slack',
  mark: 'm1',
  asker: 'U012',
  command: { verb: 'status', service: 'web' },
  asked_at: at,
};

export const slackMessageRow = { channel: 'C0123ABCD', group_key: 'request/req_1', service: 'web', created_at: at };
export const slackPostRow = {
  channel: 'C0123ABCD',
  group_key: 'request/req_1',
  item: 'parent',
  subject: { kind: 'parent' },
  created_at: at,
};
export const slackPersonRow = { email: 'ada@example.com', slack_id: 'U012AB3CD', checked_at: at };
