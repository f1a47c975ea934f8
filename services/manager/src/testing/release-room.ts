import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { AppError, artifactId, type Actor, type ArtifactFile } from '@release-manager/domain';
import { createMirror, noCredentials } from '@release-manager/git';
import { checkManifests, parseManifests } from '@release-manager/manifests';
import { jsonb } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { startGitServer, testDatabase } from '@release-manager/testing';

import { ArtifactRecords, type Artifact, type ArtifactFiles } from '../features/artifacts/index.ts';
import { createConfigRepo, createFolderIndex } from '../features/config-repo/index.ts';
import { createStops } from '../features/holds/index.ts';
import {
  automate,
  ReleaseService,
  ReleaseStore,
  type RecoveryGuard,
  type Release,
} from '../features/releases/index.ts';
import { writeOnce } from '../features/releases/writer/write-once.ts';
import type { WriterDeps } from '../features/releases/writer/writer-deps.ts';
import { createFluxReports, createRolloutWatch } from '../features/rollouts/index.ts';

const run = promisify(execFile);

/** A person of the tests. */
export const ada: Actor = { kind: 'person', person: { id: 'ada', name: 'Ada L.', email: 'ada@example.com' } };

const mainFile = `environments:
  - { name: dev }
  - { name: prod }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;

/** A Deployment and a ConfigMap, as a chart would render them. */
export function manifests(service: string, text: string): ArtifactFile[] {
  const deployment = `# Source: ${service}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${service}
spec:
  selector: { matchLabels: { app: ${service} } }
  template:
    metadata: { labels: { app: ${service} } }
    spec: { containers: [{ name: app, image: "example/${service}:1" }] }
`;
  const config = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${service}\ndata:\n  text: ${text}\n`;
  return [
    { path: 'deployment.yaml', content: Buffer.from(deployment) },
    { path: 'config.yaml', content: Buffer.from(config) },
  ];
}

/** The room of releases on a real Postgres and a real git remote; artifacts are put in as if they were verified. */
export async function openReleaseRoom(
  options: {
    readonly mainFile?: string;
    readonly policies?: Record<string, string>;
    readonly now?: () => Date;
  } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'release-room-'));
  const opened = await testDatabase();
  const { database, url } = opened;
  const server = await startGitServer();
  await server.create('config.git');
  const now = options.now ?? ((): Date => new Date());
  const identity = { name: 'release-manager', email: 'release-manager@localhost' };
  const mirrorOptions = { url: server.url('config.git'), branch: 'main', credentials: noCredentials };
  const mirror = createMirror({ ...mirrorOptions, folder: join(folder, 'mirror') });
  const people = createMirror({ ...mirrorOptions, folder: join(folder, 'people') });
  const repo = createConfigRepo({ mirror, logger: silentLogger, now });
  const files = new Map<string, ArtifactFiles>();
  const broken = new Set<string>();
  const loader = {
    load: (artifact: Artifact): Promise<ArtifactFiles> => {
      if (broken.has(artifact.id)) return Promise.reject(new AppError('not-found', 'storage.not-found', 'it is gone'));
      const found = files.get(artifact.id);
      const away = new AppError('unavailable', 'storage.unavailable', 'the store is away');
      return found === undefined ? Promise.reject(away) : Promise.resolve(found);
    },
    keep: () => undefined,
  };
  const deps = {
    database,
    repo,
    index: createFolderIndex({ database, mirror, branch: 'main', logger: silentLogger, now }),
    loader,
    logger: silentLogger,
    identity,
    now,
    hops: { pushed: () => undefined, batch: () => undefined },
    rollouts: createRolloutWatch(),
    flux: createFluxReports(),
    stops: createStops({ identity }),
  };

  /** Somebody commits files to the config repo with their own clone; `undefined` removes one. */
  const personPushes = async (changes: Readonly<Record<string, string | undefined>>): Promise<void> => {
    const base = await people.fetch();
    const writer = people.writer(base);
    const signature = { name: 'Grace', email: 'grace@example.com', at: now() };
    const commit = await writer.commit(
      Object.entries(changes).map(([path, text]) =>
        text === undefined ? { kind: 'remove', path } : { kind: 'put', path, content: Buffer.from(text) },
      ),
      { message: 'by hand\n', author: signature, committer: signature },
    );
    if (commit === undefined) return;
    await writer.flush();
    await people.push(base, commit);
  };
  await personPushes({
    'release-manager.yaml': options.mainFile ?? mainFile,
    ...Object.fromEntries(
      Object.entries(options.policies ?? {}).map(([name, text]) => [`policies/${name}.yaml`, text]),
    ),
  });
  await repo.refresh();

  return {
    database,
    databaseUrl: url,
    server,
    repo,
    deps,
    loader: { files, broken },
    /** Resolves when some statement of that text waits for a lock. */
    async blocked(text: string): Promise<void> {
      for (;;) {
        const { rows } = await database.db.raw<{ rows: unknown[] }>(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike ?",
          [`%${text}%`],
        );
        if (rows.length > 0) return;
      }
    },
    service: new ReleaseService(deps),
    personPushes,
    /** Puts a verified artifact of a service in, registering the service. */
    async artifact(input: {
      service: string;
      branch?: string;
      text: string;
      namespace?: string;
      run?: number;
      environments?: Readonly<Record<string, readonly ArtifactFile[]>>;
    }): Promise<Artifact> {
      const { service, branch = 'main', text, namespace = 'shop', run = 1 } = input;
      const rendered = input.environments ?? { dev: manifests(service, text), prod: manifests(service, text) };
      const sha = Buffer.from(`${service}${branch}${text}`).toString('hex').padEnd(40, '0').slice(0, 40);
      const all = Object.entries(rendered).flatMap(([environment, list]) =>
        list.map((file) => ({ path: `${environment}/${file.path}`, content: file.content })),
      );
      const id = artifactId({ service, branch, sha }, all);
      const environments = Object.fromEntries(
        Object.entries(rendered).map(([environment, list]) => {
          const checked = checkManifests(parseManifests(list), { environment, service, namespace, allowKinds: [] });
          return [
            environment,
            { state: 'ready', files: list.length, namespace, problems: [], warnings: [], objects: checked.objects },
          ];
        }),
      );
      const spec = {
        schemaVersion: 1,
        id,
        service,
        namespaces: { default: namespace },
        source: {
          repository: 'https://example.com/shop',
          branch,
          sha,
          author: { name: 'Grace H.', email: 'grace@example.com' },
        },
        ci: { provider: 'test', workflow: 'build', runNumber: run },
      };
      const at = now();
      await database
        .db('services')
        .insert({
          name: service,
          namespaces: jsonb({ default: namespace }),
          registered_by: jsonb(ada),
          registered_at: at,
          updated_at: at,
        })
        .onConflict('name')
        .ignore();
      await database.db('artifacts').insert({
        id,
        service,
        branch,
        sha,
        state: 'ready',
        spec: jsonb(spec),
        zip_sha256: '0'.repeat(64),
        zip_size: 1,
        environments: jsonb(environments),
        registered_by: jsonb(ada),
        registered_at: at,
        verified_at: at,
        updated_at: at,
      });
      await database
        .db('branch_heads')
        .insert({ service, branch, artifact_id: id, updated_at: at })
        .onConflict(['service', 'branch'])
        .merge();
      files.set(id, new Map(Object.entries(rendered)));
      const artifact = await new ArtifactRecords(database.db).find(id);
      if (artifact === undefined) throw new Error('the artifact was not inserted');
      return artifact;
    },
    /** What automation does when an artifact became ready. */
    automate: (artifact: Artifact, recovery?: RecoveryGuard): Promise<readonly string[]> =>
      automate({ ...deps, recovery }, artifact, repo.snapshot()),
    /** Rounds of the writer until nothing is left to do. */
    async write(recovery?: WriterDeps['recovery']): Promise<void> {
      for (let round = 0; round < 50; round += 1) {
        if ((await writeOnce({ ...deps, recovery }, new AbortController().signal, [])).kind === 'idle') return;
      }
      throw new Error('the writer does not come to an end');
    },
    /** One round. */
    round: () => writeOnce(deps, new AbortController().signal, []),
    async release(id: string): Promise<Release> {
      const release = await new ReleaseStore(database.db).find(id);
      if (release === undefined) throw new Error(`no release ${id}`);
      return release;
    },
    /** Native git at the remote. */
    git: (...args: string[]): Promise<string> => server.git('config.git', ...args),
    /** Brings the objects of a commit that was never pushed to the remote, by a branch of its own; @returns the commit. */
    async landObjects(tip: string): Promise<string> {
      const path = join(folder, 'mirror');
      await run('git', ['-C', path, 'push', '--quiet', server.path('config.git'), `${tip}:refs/heads/late`]);
      return tip;
    },
    async close(): Promise<void> {
      await opened.drop();
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export type ReleaseRoom = Awaited<ReturnType<typeof openReleaseRoom>>;
