/**
 * From a release's request to its push, on a config repo of real size and a loopback remote; beside two baselines in the same
 * run: the floor (`git fast-import` + `git push` of one commit) and the way of Lunar's release-manager (shallow clone, copy,
 * add, commit, push). Then a burst: five artifacts of each service into one environment.
 *
 * Usage: node test/load/release-latency.ts [services=1000] [lone releases=40] [releases of the burst=5 × services]
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { artifactId, type Actor, type ArtifactFile } from '@release-manager/domain';
import { createMirror, noCredentials, type Oid } from '@release-manager/git';
import { checkManifests, parseManifests } from '@release-manager/manifests';
import { migrateUp } from '@release-manager/migrations';
import { jsonb, openDatabase, startEmbeddedPostgres, type Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { startGitServer } from '@release-manager/testing';

import type { Artifact, ArtifactFiles } from '../../services/manager/src/features/artifacts/index.ts';
import { createConfigRepo, createFolderIndex } from '../../services/manager/src/features/config-repo/index.ts';
import { ReleaseService, startConfigRepoWriter } from '../../services/manager/src/features/releases/index.ts';
import { quantile, say, timed } from './support/figures.ts';
import { git, gitWithInput } from './support/git.ts';

const services = Number(process.argv[2] ?? 1000);
const lone = Number(process.argv[3] ?? 40);
const burst = Number(process.argv[4] ?? 5 * services);
const environments = ['dev', 'staging', 'prod'];
const actor: Actor = { kind: 'person', person: { id: 'load', name: 'Load', email: 'load@example.com' } };
const now = (): Date => new Date();
const identity = { name: 'release-manager', email: 'release-manager@localhost' };

const serviceName = (index: number): string => `service-${index}`;

/** What a small chart renders: six manifests, of which two differ from version to version. */
function rendered(service: string, version: number): ArtifactFile[] {
  const labels = `    app.kubernetes.io/name: ${service}\n    app.kubernetes.io/managed-by: Helm\n`;
  const head = (api: string, kind: string, name: string): string =>
    `---\n# Source: ${service}/templates/${kind.toLowerCase()}.yaml\napiVersion: ${api}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  labels:\n${labels}`;
  const settings = Array.from({ length: 25 }, (_, line) => `  KEY_${line}: "value ${line} of ${service}"\n`).join('');
  const container = `      containers:\n        - name: app\n          image: "example.com/${service}:${version}"\n          ports: [{ containerPort: 8080 }]\n`;
  const texts: Record<string, string> = {
    'configmap.yaml': `${head('v1', 'ConfigMap', service)}data:\n${settings}  VERSION: "${version}"\n`,
    'deployment.yaml': `${head('apps/v1', 'Deployment', service)}spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: ${service}\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: ${service}\n    spec:\n${container}`,
    'service.yaml': `${head('v1', 'Service', service)}spec:\n  ports: [{ port: 80, targetPort: 8080 }]\n`,
    'hpa.yaml': `${head('autoscaling/v2', 'HorizontalPodAutoscaler', service)}spec:\n  maxReplicas: 5\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${service} }\n`,
    'serviceaccount.yaml': head('v1', 'ServiceAccount', service),
    'ingress.yaml': `${head('networking.k8s.io/v1', 'Ingress', service)}spec:\n  rules: [{ host: ${service}.example.com }]\n`,
  };
  return Object.entries(texts).map(([path, text]) => ({ path, content: Buffer.from(text) }));
}

interface Bench {
  readonly database: Database;
  readonly files: Map<string, ArtifactFiles>;
}

/** An artifact as verification would have left it; returns its id. */
async function addArtifact({ database, files }: Bench, service: string, version: number): Promise<string> {
  const sha = Buffer.from(`${service} ${version}`).toString('hex').padEnd(40, '0').slice(-40);
  const list = rendered(service, version);
  const id = artifactId({ service, branch: 'main', sha }, list);
  const { objects } = checkManifests(parseManifests(list), {
    environment: 'dev',
    service,
    namespace: 'shop',
    allowKinds: [],
  });
  const verdict = { state: 'ready', files: list.length, problems: [], warnings: [], objects };
  const source = {
    repository: 'https://example.com/shop',
    branch: 'main',
    sha,
    author: { name: 'Load', email: 'load@example.com' },
  };
  const at = now();
  await database.db('artifacts').insert({
    id,
    service,
    branch: 'main',
    sha,
    state: 'ready',
    spec: jsonb({ schemaVersion: 1, id, service, namespaces: { default: 'shop' }, source }),
    zip_sha256: '0'.repeat(64),
    zip_size: 1,
    environments: jsonb(Object.fromEntries(environments.map((name) => [name, verdict]))),
    registered_by: jsonb(actor),
    registered_at: at,
    updated_at: at,
  });
  files.set(id, new Map(environments.map((name) => [name, list])));
  return id;
}

/** A config repo as it is after every service was released everywhere, in one commit. */
async function seed(bare: string): Promise<void> {
  const lines = ['commit refs/heads/main\ncommitter Load <load@example.com> 1767225600 +0000\ndata 4\nseed\n'];
  const put = (path: string, content: string): void =>
    void lines.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`);
  put('release-manager.yaml', `environments:\n${environments.map((name) => `  - { name: ${name} }\n`).join('')}`);
  for (const environment of environments) {
    for (let index = 0; index < services; index += 1) {
      const service = serviceName(index);
      const folder = `${environment}/releases/shop/${service}`;
      for (const file of rendered(service, 0)) put(`${folder}/${file.path}`, Buffer.from(file.content).toString());
      put(`${folder}/artifact.json`, `{"id":"seed-${service}"}\n`);
      put(`${folder}/release.json`, `{"release":"seed-${service}-${environment}"}\n`);
      put(
        `clusters/${environment}/shop/${service}.yaml`,
        `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: ${environment}-${service} }\n`,
      );
    }
  }
  await gitWithInput(bare, ['fast-import', '--quiet'], `${lines.join('')}done\n`);
}

/** One commit by `git fast-import` in a partial mirror, and its push: nothing can be faster with git. */
async function floor(mirror: string, round: number): Promise<void> {
  const tip = (await git(mirror, 'rev-parse', 'refs/floor')).trim();
  const folder = `dev/releases/shop/${serviceName(round)}`;
  const files = rendered(serviceName(round), 5000 + round)
    .map(
      ({ path, content }) =>
        `M 100644 inline ${folder}/${path}\ndata ${content.byteLength}\n${Buffer.from(content).toString()}\n`,
    )
    .join('');
  const commit = `commit refs/floor\ncommitter Load <load@example.com> 1767225600 +0000\ndata 5\nfloor\nfrom ${tip}\n${files}done\n`;
  await gitWithInput(mirror, ['fast-import', '--quiet', '--force'], commit);
  await git(mirror, 'push', '--quiet', 'origin', 'refs/floor:refs/heads/floor');
}

/** What Lunar's release-manager does for one release. */
async function lunarsWay(url: string, folder: string, round: number): Promise<void> {
  const clone = join(folder, `lunar-${round}`);
  const mirror = join(folder, 'lunar-mirror');
  await git(mirror, 'pull', '--quiet', '--ff-only');
  await git(folder, 'clone', '--quiet', '--local', mirror, clone);
  await git(clone, 'remote', 'set-url', 'origin', url);
  const target = join(clone, `dev/releases/shop/${serviceName(round)}`);
  await cp(join(clone, `prod/releases/shop/${serviceName((round + 1) % services)}`), target, { recursive: true });
  await git(clone, 'add', '.');
  await git(clone, 'status', '--porcelain');
  await git(clone, 'commit', '--quiet', '-m', 'release');
  await git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/lunar');
  await rm(clone, { recursive: true, force: true });
}

/** Resolves when none of the releases is in the queue any more; asks once per notification at most, and never twice at once. */
async function allCommitted(database: Database): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let looking = false;
  let again = false;
  const look = async (): Promise<void> => {
    again = looking;
    if (looking) return;
    looking = true;
    const row: unknown = await database.db('releases').where({ state: 'queued' }).first('id');
    looking = false;
    if (row === undefined) resolve();
    else if (again) await look();
  };
  const listening = await database.listen('ledger', () => void look());
  await look();
  await promise;
  await listening.close();
}

async function measureLone(bench: Bench & { service: ReleaseService; url: string; folder: string }): Promise<void> {
  const mirror = join(bench.folder, 'floor');
  await git(bench.folder, 'clone', '--quiet', '--bare', '--depth=1', '--filter=blob:none', bench.url, mirror);
  await git(mirror, 'update-ref', 'refs/floor', 'refs/heads/main');
  // Each way has a branch of its own, so that none waits for another's commits.
  await git(
    mirror,
    'push',
    '--quiet',
    'origin',
    'refs/heads/main:refs/heads/floor',
    'refs/heads/main:refs/heads/lunar',
  );
  await git(bench.folder, 'clone', '--quiet', '--branch', 'lunar', bench.url, join(bench.folder, 'lunar-mirror'));
  const figures = { ours: [] as number[], floor: [] as number[], lunar: [] as number[] };
  for (let round = 0; round < lone; round += 1) {
    const artifact = await addArtifact(bench, serviceName(round), 1);
    const request = { service: serviceName(round), environments: ['dev'], what: { artifact } };
    figures.ours.push(
      (
        await timed(async () => {
          await bench.service.request(actor, request);
          await allCommitted(bench.database);
        })
      ).ms,
    );
    figures.floor.push((await timed(() => floor(mirror, round))).ms);
    if (round < 10) figures.lunar.push((await timed(() => lunarsWay(bench.url, bench.folder, round))).ms);
  }
  const base = quantile(figures.floor, 0.5);
  for (const [name, list] of Object.entries(figures)) {
    const p50 = quantile(list, 0.5);
    say(
      `${name}: p50 of ${list.length}`,
      p50,
      `p99 ${quantile(list, 0.99).toFixed(1)} ms, ${(p50 / base).toFixed(2)} x the floor`,
    );
  }
}

/** A person pushes to the same branch once a second, with a clone of their own, while releases go one after the other. */
async function measureBesideAPerson(
  bench: Bench & { service: ReleaseService; url: string; folder: string },
): Promise<void> {
  const { url, folder } = bench;
  const clone = createMirror({ folder: join(folder, 'person'), url, branch: 'main', credentials: noCredentials });
  let pushed = 0;
  const push = async (): Promise<void> => {
    const base = await clone.fetch();
    const writer = clone.writer(base);
    const person = { name: 'Person', email: 'person@example.com', at: now() };
    const edit = { kind: 'put', path: 'notes.md', content: Buffer.from(`note ${pushed}\n`) } as const;
    const commit = await writer.commit([edit], { message: 'note\n', author: person, committer: person });
    await writer.flush();
    if (commit !== undefined && (await clone.push(base, commit)) === 'landed') pushed += 1;
  };
  let pushing = Promise.resolve();
  const timer = setInterval(() => {
    pushing = pushing.then(push);
  }, 1000);
  const times: number[] = [];
  for (let round = 0; round < lone; round += 1) {
    const artifact = await addArtifact(bench, serviceName(round), 2);
    const request = { service: serviceName(round), environments: ['dev'], what: { artifact } };
    const release = async (): Promise<void> => {
      await bench.service.request(actor, request);
      await allCommitted(bench.database);
    };
    times.push((await timed(release)).ms);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  clearInterval(timer);
  await pushing;
  say(
    `beside a person who pushed ${pushed} times: p50 of ${times.length}`,
    quantile(times, 0.5),
    `p99 ${quantile(times, 0.99).toFixed(1)} ms`,
  );
}

async function measureBurst(bench: Bench & { service: ReleaseService }): Promise<void> {
  const ids: { service: string; artifact: string }[] = [];
  for (let index = 0; index < burst; index += 1) {
    const service = serviceName(index % services);
    ids.push({ service, artifact: await addArtifact(bench, service, 100 + Math.floor(index / services)) });
  }
  const { ms } = await timed(async () => {
    const queue = [...ids];
    const ask = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        await bench.service.request(actor, {
          service: next.service,
          environments: ['staging'],
          what: { artifact: next.artifact },
        });
    };
    await Promise.all(Array.from({ length: 8 }, ask));
    await allCommitted(bench.database);
  });
  say(`burst of ${burst} releases over ${services} services, asked → pushed`, ms, `${(ms / burst).toFixed(2)} ms each`);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'release-latency-'));
  const server = await startGitServer();
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const database = openDatabase({ url: postgres.url, applicationName: 'load', poolSize: 20 });
  try {
    await migrateUp(database.db);
    await seed(await server.create('config.git'));
    const url = server.url('config.git');
    for (let index = 0; index < services; index += 1) {
      const at = now();
      await database.db('services').insert({
        name: serviceName(index),
        namespaces: jsonb({ default: 'shop' }),
        registered_by: jsonb(actor),
        registered_at: at,
        updated_at: at,
      });
    }
    process.stdout.write(`${services} services x ${environments.length} environments x 9 files\n`);
    const mirror = createMirror({ folder: join(folder, 'mirror'), url, branch: 'main', credentials: noCredentials });
    const repo = createConfigRepo({ mirror, logger: silentLogger, now });
    const index = createFolderIndex({ database, mirror, branch: 'main', logger: silentLogger, now });
    say('cold: clone and read the files that rule', (await timed(() => repo.refresh())).ms);
    const tip = mirror.tip() as Oid;
    say(
      'cold: index what every folder holds (a lost database)',
      (await timed(() => index.sync(tip, mirror.tree(tip), repo.snapshot()))).ms,
    );
    const files = new Map<string, ArtifactFiles>();
    const loader = {
      load: (artifact: Artifact) => Promise.resolve(files.get(artifact.id) ?? new Map()),
      keep: () => undefined,
    };
    const hops = {
      pushed: () => undefined,
      batch: (size: number) => void (size > 1 && process.stdout.write(`  a push of ${size}\n`)),
    };
    const deps = { database, repo, index, loader, logger: silentLogger, identity, now, hops };
    const writer = await startConfigRepoWriter(deps);
    const bench = { database, files, service: new ReleaseService(deps), url, folder };
    if (lone > 0) {
      await measureLone(bench);
      await measureBesideAPerson(bench);
    }
    await measureBurst(bench);
    await writer.stop();
    process.stdout.write(`memory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB\n`);
  } finally {
    await database.close();
    await postgres.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
