import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { writeArchive } from '@release-manager/archive';
import { parseConfig, type ConfigSnapshot } from '@release-manager/config-repo';
import type { ArtifactSpec } from '@release-manager/contract';
import { AppError, artifactId, type ArtifactFile } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import { createQueue, type Queue } from '@release-manager/queue';
import { silentLogger } from '@release-manager/runtime';
import { createFolderStore, type UploadTarget } from '@release-manager/storage';

import type { Principal } from '../../http/index.ts';
import { createRights } from '../access/index.ts';
import { createBuildTakeover } from '../builds/index.ts';
import {
  artifactReadyJob,
  createArtifactLoader,
  createArtifactService,
  createProveSource,
  createVerifyArtifact,
  proveSourceJob,
  verifyArtifactJob,
  type Artifact,
} from './index.ts';
import type { ProveSourceDeps } from './prove-source.ts';
import type { VerifyDeps } from './verify-artifact-job.ts';

export const sha = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2';

const mainFile = `environments:
  - { name: dev }
  - { name: prod, protected: true, allowKinds: [ClusterRole] }
`;

function snapshotOf(text: string): ConfigSnapshot {
  return parseConfig('c0ffee', new Map([['release-manager.yaml', Buffer.from(text)]]));
}

/** A ci token for the given services and every branch. */
export function ciToken(...services: string[]): Principal {
  const at = '2026-01-01T00:00:00Z';
  return {
    actor: { kind: 'ci', token: 'ci' },
    token: { id: 'tok_1', kind: 'ci', name: 'ci', services, branches: ['**'], createdAt: at, expiresAt: at },
  };
}

export function configMap(name: string, text = 'hello'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  text: ${JSON.stringify(text)}\n`;
}

export interface PackInput {
  readonly service: string;
  readonly branch?: string;
  readonly sha?: string;
  /** Path to content; a ConfigMap of the service in dev and prod when left out. */
  readonly files?: Readonly<Record<string, string>>;
  readonly spec?: Partial<ArtifactSpec>;
  readonly source?: Partial<ArtifactSpec['source']>;
  /** Changes the files of the zip after the id was computed. */
  readonly tamper?: (files: readonly ArtifactFile[]) => readonly ArtifactFile[];
}

export interface Packed {
  readonly spec: ArtifactSpec;
  readonly zip: Buffer;
  readonly size: number;
  readonly sha256: string;
}

/** An artifact as `release-cli artifact push` would pack it. */
export async function pack(input: PackInput): Promise<Packed> {
  const { service, branch = 'main', tamper = (files) => files } = input;
  const texts = input.files ?? { 'dev/config.yaml': configMap(service), 'prod/config.yaml': configMap(service) };
  const files = Object.entries(texts).map(([path, text]) => ({ path, content: Buffer.from(text) }));
  const identity = { service, branch, sha: input.sha ?? sha };
  const spec: ArtifactSpec = {
    schemaVersion: 1,
    id: artifactId(identity, files),
    service,
    namespaces: { default: 'shop' },
    source: {
      repository: `https://github.com/example/${service}`,
      branch,
      sha: identity.sha,
      author: { name: 'Ada L.', email: 'ada@example.com' },
      ...input.source,
    },
    ...input.spec,
  };
  const json = { path: 'artifact.json', content: Buffer.from(JSON.stringify(spec)) };
  const zip = await writeArchive(tamper([json, ...files]));
  return { spec, zip, ...announce(zip) };
}

export function announce(zip: Buffer): { size: number; sha256: string } {
  return { size: zip.length, sha256: createHash('sha256').update(zip).digest('hex') };
}

/** The whole way of an artifact on a real Postgres, a real queue and a store on disk; the config repo is a text. */
export async function openArtifactRoom(
  database: Database,
  { working, github }: { readonly working: boolean; readonly github?: ProveSourceDeps['github'] },
) {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-room-'));
  const clock = { offsetMs: 0 };
  const now = (): Date => new Date(Date.now() + clock.offsetMs);
  const store = createFolderStore({ folder, publicUrl: 'http://localhost', secret: Buffer.alloc(32, 7) });
  const config = { snapshot: snapshotOf(mainFile) };
  const repo = { snapshot: () => config.snapshot };
  const rights = createRights({ environmentProtected: () => true });
  const queue = createQueue({
    database,
    jobs: [verifyArtifactJob, artifactReadyJob, proveSourceJob],
    onError: () => undefined,
  });
  const builds = createBuildTakeover();
  const asksSource = github !== undefined;
  const deps = { database, store, repo, rights, builds, queue, asksSource, logger: silentLogger, now };
  const verifyDeps = { ...deps, loader: createArtifactLoader(store, 1024 * 1024) };
  const ready: string[] = [];
  await queue.start();
  if (working) await work(queue, { ...verifyDeps, github }, ready);
  const service = createArtifactService(deps);

  const upload = (target: UploadTarget | undefined, zip: Buffer): Promise<void> => {
    if (target === undefined) throw new Error('there is nothing to upload to');
    return store.receive(target.url.slice(target.url.lastIndexOf('/') + 1), Readable.from([zip]));
  };
  const begin = async (packed: Packed, principal = ciToken('**')): Promise<Artifact> => {
    const registered = await service.register(principal, packed);
    if (registered.upload === undefined) return registered.artifact;
    await upload(registered.upload, packed.zip);
    return service.complete(principal, packed.spec.id);
  };
  return {
    deps,
    verifyDeps,
    service,
    store,
    config,
    clock,
    /** Ids that automation was told of, in order. */
    ready,
    upload,
    /** Register, upload, complete. */
    begin,
    /** The same, and waits for the verdict. */
    async push(packed: Packed, principal?: Principal): Promise<Artifact> {
      const { id } = await begin(packed, principal);
      return service.show(id, { seconds: 20, signal: AbortSignal.timeout(20_000) });
    },
    /** One run of the job, in this process and now. */
    verify: (id: string, override: Partial<VerifyDeps> = {}, attempt = 1) =>
      createVerifyArtifact({ ...verifyDeps, ...override })(
        { artifactId: id },
        { signal: new AbortController().signal, attempt },
      ),
    async objects(prefix: string): Promise<string[]> {
      const keys: string[] = [];
      for await (const { key } of store.list(prefix)) keys.push(key);
      return keys;
    },
    async close(): Promise<void> {
      await queue.stop({ graceSeconds: 2 });
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

type WorkDeps = VerifyDeps & { readonly github: ProveSourceDeps['github'] | undefined };

async function work(queue: Queue, { github, ...deps }: WorkDeps, ready: string[]): Promise<void> {
  await queue.work(verifyArtifactJob, createVerifyArtifact(deps), { concurrency: 2 });
  await queue.work(artifactReadyJob, ({ artifactId: id }) => Promise.resolve(void ready.push(id)), { concurrency: 1 });
  if (github === undefined) return;
  const prove = createProveSource({ ...deps, github, refusalPauses: [0] });
  await queue.work(proveSourceJob, prove, { concurrency: 1 });
}

export type ArtifactRoom = Awaited<ReturnType<typeof openArtifactRoom>>;

/** Code of the error that the work is refused with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}
