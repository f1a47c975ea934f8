/**
 * The API on the data of a large installation: 2,000 services × 5 environments × 100,000 releases.
 *
 * Usage: node test/load/api.ts [services=2000] [releases=100000] [requests per route=200]
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { migrateUp } from '@release-manager/migrations';
import { openDatabase, startEmbeddedPostgres, type Database } from '@release-manager/postgres';

import { quantile, say, timed } from './support/figures.ts';

const services = Number(process.argv[2] ?? 2000);
const releases = Number(process.argv[3] ?? 100_000);
const requests = Number(process.argv[4] ?? 200);
const token = 'load-admin-token-0123456789';
const environments = ['dev', 'test', 'staging', 'canary', 'prod'];

/** Rows as a year of work leaves them; made by the database itself, since the clients would take minutes. */
async function fill({ db }: Database): Promise<void> {
  const actor = `'{"kind":"person","person":{"id":"ada","name":"Ada L.","email":"ada@example.com"}}'::jsonb`;
  const decision = `'{"verdict":"allowed","opinions":[{"rule":"branch-restriction-main-prod","verdict":"allows","explanation":"prod takes artifacts of main","source":{"file":"release-manager.yaml","line":12}}]}'::jsonb`;
  const spec = `jsonb_build_object('schemaVersion', 1, 'id', a.id, 'service', a.service, 'namespaces', '{"default":"shop"}'::jsonb, 'source',
    jsonb_build_object('repository', 'https://example.com/shop', 'branch', 'main', 'sha', a.sha, 'message', 'a change', 'author', '{"name":"Ada","email":"ada@example.com"}'::jsonb))`;
  const objects = ['Deployment', 'Service', 'ConfigMap', 'Secret', 'Ingress', 'ServiceAccount'].map((kind) => ({
    group: 'example.io',
    kind,
    namespace: 'shop',
    name: 'a-name-of-usual-length',
    file: `${kind.toLowerCase()}.yaml`,
  }));
  const verdict = `'${JSON.stringify({ state: 'ready', files: 6, problems: [], warnings: [], objects })}'::jsonb`;
  const all = environments.map((name) => `'${name}', ${verdict}`).join(', ');
  const list = `array[${environments.map((name) => `'${name}'`).join(', ')}]`;
  const each = Math.max(1, Math.floor(releases / services / environments.length));
  await db.raw(`insert into services (name, namespaces, registered_by, registered_at, updated_at)
    select 'service-' || s, '{"default":"shop"}', ${actor}, now(), now() from generate_series(0, ${services - 1}) s`);
  await db.raw(`insert into artifacts (id, service, branch, sha, state, spec, zip_sha256, zip_size, environments, registered_by, registered_at, verified_at, updated_at)
    select a.id, a.service, 'main', a.sha, 'ready', ${spec}, repeat('0', 64), 1, jsonb_build_object(${all}), ${actor}, now(), now(), now()
    from (select 'main-' || substr(md5(s || 'x' || v), 1, 10) || '-' || substr(md5(v || 'y' || s), 1, 10) as id, 'service-' || s as service,
      md5(s || '-' || v) || substr(md5(v || ''), 1, 8) as sha, v from generate_series(0, ${services - 1}) s, generate_series(1, ${each}) v) a order by a.v`);
  await db.raw(`insert into branch_heads (service, branch, artifact_id, updated_at)
    select distinct on (service) service, 'main', id, now() from artifacts order by service, seq desc`);
  await db.raw(`insert into releases (id, request_id, service, environment, artifact_id, intent, automatic, branch, state, actor, author, decision, queue_seq, commit_sha, requested_at, queued_at, committed_at, updated_at)
    select 'rel_' || lpad(a.seq || e, 26, '0'), 'req_' || a.seq, a.service, e, a.id, 'branch', false, 'main', 'committed', ${actor}, '{"name":"Ada","email":"ada@example.com"}', ${decision},
      nextval('release_queue_seq'), a.sha, now(), now(), now(), now() from artifacts a, unnest(${list}) e order by a.seq`);
  await db.raw(`insert into ledger (at, kind, actor, actor_name, service, environment, artifact_id, release_id, from_state, to_state, cause)
    select now(), k, ${actor}, 'ada', service, environment, artifact_id, id, 'requested', 'queued', 'ada asked for it' from releases, unnest(array['release.queued', 'release.committed']) k`);
  await db.raw(`insert into owned_folders (environment, namespace, service, tree_oid, release_id, artifact_id, indexed_at)
    select distinct on (service, environment) environment, 'shop', service, md5(id), id, artifact_id, now() from releases order by service, environment, seq desc`);
  await db.raw('analyze');
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ask(url: string): Promise<number> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text.slice(0, 300)}`);
  return text.length;
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answered = await fetch(`${url}/readyz`)
      .then((response) => response.ok)
      .catch(() => false);
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the manager does not answer');
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'api-load-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const database = openDatabase({ url: postgres.url, applicationName: 'load', poolSize: 4 });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  try {
    await migrateUp(database.db);
    say('fill the database', (await timed(() => fill(database))).ms);
    const env = {
      ...process.env,
      PORT: String(port),
      METRICS_PORT: '0',
      DATA_DIR: join(folder, 'data'),
      DATABASE_URL: postgres.url,
      ADMIN_TOKEN: token,
      ROLE: 'api',
      LOG_LEVEL: 'error',
    };
    const main = fileURLToPath(new URL('../../services/manager/src/main.ts', import.meta.url));
    const manager = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await ready(url);
    const [row] = await database.db<{ id: string }>('releases').orderBy('seq', 'desc').limit(1).select('id');
    const middle = Math.floor(services / 2);
    const routes: Record<string, string> = {
      'status of all, a page of 50': '/v1/status?limit=50',
      'status of one service': `/v1/status?service=service-${middle}`,
      'releases, newest 50': '/v1/releases?limit=50',
      'releases of one service and environment': `/v1/releases?service=service-${middle}&environment=prod`,
      'releases in a state that is rare': '/v1/releases?state=queued',
      'one release': `/v1/releases/${row?.id ?? ''}`,
      'ledger of one service': `/v1/ledger?service=service-${middle}`,
      'ledger of one environment': '/v1/ledger?environment=prod',
      'why of one service': `/v1/services/service-${middle}/environments/dev/why`,
      'artifacts of one service': `/v1/artifacts?service=service-${middle}`,
      'artifacts of one branch': `/v1/artifacts?service=service-${middle}&branch=main`,
      'services, a page of 500': '/v1/services?limit=500',
    };
    for (const [name, path] of Object.entries(routes)) {
      const times: number[] = [];
      let bytes = 0;
      for (let count = 0; count < requests; count += 1)
        times.push((await timed(async () => void (bytes = await ask(`${url}${path}`)))).ms);
      say(name, quantile(times, 0.5), `p95 ${quantile(times, 0.95).toFixed(1)} ms, ${Math.round(bytes / 1024)} KB`);
    }
    manager.kill('SIGTERM');
    await new Promise((resolve) => manager.once('exit', resolve));
  } finally {
    await database.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

await main();
