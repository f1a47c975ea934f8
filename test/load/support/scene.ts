import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { artifactId, type Actor, type ArtifactFile } from '@release-manager/domain';
import { createMirror, noCredentials, type Oid } from '@release-manager/git';
import { checkManifests, parseManifests } from '@release-manager/manifests';
import { migrateUp } from '@release-manager/migrations';
import { jsonb, openDatabase, startEmbeddedPostgres, type Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { startGitServer } from '@release-manager/testing';

import type { Artifact, ArtifactFiles } from '../../../services/manager/src/features/artifacts/index.ts';
import { createConfigRepo, createFolderIndex } from '../../../services/manager/src/features/config-repo/index.ts';
import { ReleaseService, startConfigRepoWriter } from '../../../services/manager/src/features/releases/index.ts';
import { timed } from './figures.ts';
import { gitWithInput } from './git.ts';

const environments = ['dev', 'staging', 'prod'];
const actor: Actor = { kind: 'person', person: { id: 'load', name: 'Load', email: 'load@example.com' } };
const identity = { name: 'release-manager', email: 'release-manager@localhost' };
const now = (): Date => new Date();

export interface SceneOptions {
  readonly services: number;
  /** Services that share a namespace, and with it the folder that every release of theirs writes anew; default all. */
  readonly perNamespace?: number;
  /** Hears of every push with more than one release. */
  readonly onBatch?: (size: number) => void;
}

/** A config repo in which every service was released everywhere, a database that knows them, and the writer between. */
export interface Scene {
  readonly folder: string;
  readonly url: string;
  /** Files of the config repo. */
  readonly files: number;
  readonly cloneMs: number;
  readonly indexMs: number;
  readonly serviceName: (index: number) => string;
  /** Folder of a service in an environment. */
  readonly releaseFolder: (environment: string, index: number) => string;
  /** An artifact of that version as verification would have left it; returns its id. */
  readonly addArtifact: (index: number, version: number) => Promise<string>;
  readonly request: (index: number, environment: string, artifact: string) => Promise<void>;
  /** Resolves when none of the releases is in the queue any more. */
  readonly allCommitted: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openScene({ services, perNamespace = services, onBatch }: SceneOptions): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'load-scene-'));
  const server = await startGitServer();
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const database = openDatabase({ url: postgres.url, applicationName: 'load', poolSize: 20 });
  const stops = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
    () => server.stop(),
    () => postgres.stop(),
    () => database.close(),
  ];
  const close = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
  };
  const place = createPlaces(perNamespace);
  try {
    await migrateUp(database.db);
    const count = await seed(await server.create('config.git'), services, place);
    await addServices(database, services, place);
    const url = server.url('config.git');
    const mirror = createMirror({ folder: join(folder, 'mirror'), url, branch: 'main', credentials: noCredentials });
    const repo = createConfigRepo({ mirror, logger: silentLogger, now });
    const index = createFolderIndex({ database, mirror, branch: 'main', logger: silentLogger, now });
    const { ms: cloneMs } = await timed(() => repo.refresh());
    const tip = mirror.tip() as Oid;
    const { ms: indexMs } = await timed(() => index.sync(tip, mirror.tree(tip), repo.snapshot()));
    const files = new Map<string, ArtifactFiles>();
    const loader = {
      load: (artifact: Artifact) => Promise.resolve(files.get(artifact.id) ?? new Map()),
      keep: () => undefined,
    };
    const hops = { pushed: () => undefined, batch: (size: number) => void (size > 1 && onBatch?.(size)) };
    const deps = { database, repo, index, loader, logger: silentLogger, identity, now, hops };
    const writer = await startConfigRepoWriter(deps);
    stops.push(() => writer.stop());
    const service = new ReleaseService(deps);
    return {
      folder,
      url,
      files: count,
      cloneMs,
      indexMs,
      serviceName,
      releaseFolder: (environment, number) => `${environment}/releases/${place(number)}/${serviceName(number)}`,
      addArtifact: (number, version) => addArtifact({ database, files, place }, number, version),
      async request(number, environment, artifact) {
        const wish = { service: serviceName(number), environments: [environment], what: { artifact } };
        await service.request(actor, wish);
      },
      allCommitted: () => allCommitted(database),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const serviceName = (index: number): string => `service-${index}`;

/** The namespace of a service by its number. */
type Places = (index: number) => string;

function createPlaces(perNamespace: number): Places {
  return (index) => (index < perNamespace ? 'shop' : `shop-${Math.floor(index / perNamespace)}`);
}

/** What a small chart renders: six manifests, of which two differ from version to version. */
export function rendered(service: string, version: number): ArtifactFile[] {
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

async function addServices({ db }: Database, services: number, place: Places): Promise<void> {
  const at = now();
  const rows = Array.from({ length: services }, (_, index) => ({
    name: serviceName(index),
    namespaces: jsonb({ default: place(index) }),
    registered_by: jsonb(actor),
    registered_at: at,
    updated_at: at,
  }));
  await db.batchInsert('services', rows, 500);
}

interface Shelf {
  readonly database: Database;
  readonly files: Map<string, ArtifactFiles>;
  readonly place: Places;
}

async function addArtifact({ database, files, place }: Shelf, index: number, version: number): Promise<string> {
  const service = serviceName(index);
  const namespace = place(index);
  const sha = Buffer.from(`${service} ${version}`).toString('hex').padEnd(40, '0').slice(-40);
  const list = rendered(service, version);
  const id = artifactId({ service, branch: 'main', sha }, list);
  const asked = { environment: 'dev', service, namespace, allowKinds: [] };
  const { objects } = checkManifests(parseManifests(list), asked);
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
    spec: jsonb({ schemaVersion: 1, id, service, namespaces: { default: namespace }, source }),
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

/** A config repo as it is after every service was released everywhere, in one commit. @returns the number of its files */
async function seed(bare: string, services: number, place: Places): Promise<number> {
  const lines = ['commit refs/heads/main\ncommitter Load <load@example.com> 1767225600 +0000\ndata 4\nseed\n'];
  const put = (path: string, content: string): void =>
    void lines.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`);
  put('release-manager.yaml', `environments:\n${environments.map((name) => `  - { name: ${name} }\n`).join('')}`);
  for (const environment of environments) {
    for (let index = 0; index < services; index += 1) {
      const service = serviceName(index);
      const folder = `${environment}/releases/${place(index)}/${service}`;
      for (const file of rendered(service, 0)) put(`${folder}/${file.path}`, Buffer.from(file.content).toString());
      put(`${folder}/artifact.json`, `{"id":"seed-${service}"}\n`);
      put(`${folder}/release.json`, `{"release":"seed-${service}-${environment}"}\n`);
      put(
        `clusters/${environment}/${place(index)}/${service}.yaml`,
        `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: ${environment}-${service} }\n`,
      );
    }
  }
  await gitWithInput(bare, ['fast-import', '--quiet'], `${lines.join('')}done\n`);
  return lines.length - 1;
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
