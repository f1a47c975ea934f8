import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { writeArchive } from '@release-manager/archive';
import {
  createClient,
  requestRelease,
  requestRollback,
  type ArtifactSpec,
  type Client,
  type ResultOf,
} from '@release-manager/contract';
import { AppError, artifactId } from '@release-manager/domain';
import { startGitServer, type GitServer } from '@release-manager/testing';

import { startManagerProcess } from '../../../services/manager/src/demo/processes/manager-process.ts';
import { commitAsPerson } from '../../support/config-repo.ts';
import type { MadeArtifact } from '../../support/make-artifact.ts';
import { createStubbornClient, type StubbornClient } from '../../support/stubborn-client.ts';

export const repository = 'config';
const adminToken = 'a-token-for-tests-only-0123456789';

/**
 * What a service has to go back from: a release that is committed; one by hand that may still be queued; one before which the
 * artifact store lost the good one; one before which another service took an object of the good one, so that the way back is
 * refused.
 */
export const plots = ['committed', 'queued', 'lost', 'taken'] as const;
export type Plot = (typeof plots)[number];

export interface Actor {
  readonly service: string;
  readonly plot: Plot;
}

export const actors: readonly Actor[] = Array.from({ length: 12 }, (_, index) => ({
  service: `service-${String(index + 1).padStart(2, '0')}`,
  plot: plots[index % plots.length] ?? 'committed',
}));

export interface RollbackScene {
  readonly folder: string;
  readonly git: GitServer;
  readonly settings: Readonly<Record<string, string>>;
}

const mainFile = 'environments:\n  - { name: dev }\n  - { name: prod }\n';
const policy = (service: string): string =>
  `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: prod }\n`;

/** Main goes to production by itself. */
export async function setRollbackScene(databaseUrl: string): Promise<RollbackScene> {
  const folder = await mkdtemp(join(tmpdir(), 'rollback-'));
  const git = await startGitServer();
  await git.create(repository);
  const policies = actors.map(({ service }) => [`policies/${service}.yaml`, policy(service)] as const);
  await commitAsPerson(git.url(repository), { 'release-manager.yaml': mainFile, ...Object.fromEntries(policies) });
  const settings = {
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: databaseUrl,
    ARTIFACT_STORE: `file:${join(folder, 'store')}`,
    CONFIG_REPO_URL: git.url(repository),
    CONFIG_REPO_POLL_SECONDS: '1',
    ADMIN_TOKEN: adminToken,
  };
  return { folder, git, settings };
}

export async function tidyUp({ folder, git }: RollbackScene): Promise<void> {
  await git.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** What a service was, before anything was killed. */
export interface Past {
  readonly good: string;
  readonly bad: string;
}

/** Everything that was there before: each service with a good release and a bad one after it. */
export async function prepare(
  scene: RollbackScene,
  isCommitted: (artifact: string) => Promise<boolean>,
): Promise<ReadonlyMap<string, Past>> {
  const { folder, settings } = scene;
  const manager = startManagerProcess({ home: folder, logFile: join(folder, 'manager.log'), settings });
  const { url } = await manager.ready;
  const stubborn = createStubbornClient(url, adminToken);
  const settled = async (artifact: MadeArtifact): Promise<string> => {
    await stubborn.upload(artifact);
    await eventually(() => isCommitted(artifact.spec.id));
    return artifact.spec.id;
  };
  const pasts = await Promise.all(
    actors.map(async ({ service, plot }) => {
      const good = await settled(await plain({ service, run: 1, object: service }));
      if (plot === 'lost')
        await rm(join(folder, 'store', 'objects', 'artifacts', service, `${good}.zip`), { force: true });
      if (plot === 'queued') {
        const bad = await plain({ service, run: 2, branch: 'feature/x', object: service });
        await stubborn.upload(bad);
        return [service, { good, bad: bad.spec.id }] as const;
      }
      const bad = await settled(await plain({ service, run: 2, object: `${service}-new` }));
      if (plot === 'taken') await takeObject(stubborn, url, service);
      return [service, { good, bad }] as const;
    }),
  );
  await manager.end('SIGTERM');
  return new Map(pasts);
}

/** Another service brings the object that only the good release had. */
async function takeObject(stubborn: StubbornClient, url: string, service: string): Promise<void> {
  const thief = await plain({ service: `thief-of-${service}`, run: 1, object: service });
  await stubborn.upload(thief);
  const client = createClient({ url, token: adminToken });
  const asked = { service: thief.spec.service, artifact: thief.spec.id, environments: ['prod'] };
  const { outcomes } = await client.call(requestRelease, asked);
  if (outcomes[0]?.outcome !== 'accepted') throw new Error(`${thief.spec.service} was not released`);
}

export type RollbackAnswer = ResultOf<typeof requestRollback>;

/** What somebody does while the manager is killed again and again: rolls back, and merges on as if nothing had happened. */
export async function rollBackAndMerge(
  url: string,
  { service, plot }: Actor,
  { past, random, seed }: { readonly past: Past; readonly random: () => number; readonly seed: number },
): Promise<RollbackAnswer> {
  const client = createClient({ url, token: adminToken, timeoutSeconds: 30 });
  const stubborn = createStubbornClient(url, adminToken);
  // Over the lives of several managers.
  const pause = random() * 9_000;
  const gap = random() * 150;
  const idempotencyKey = `${seed}-${service}-rollback`;
  await wait(pause);
  if (plot === 'queued') {
    const key = `${seed}-${service}-release`;
    await stubborn.release({ service, artifact: past.bad, environments: ['prod'], idempotencyKey: key });
  }
  const merged = stubborn.upload(await plain({ service, run: 9, object: `${service}-next` }));
  await wait(gap);
  const asked = { service, environment: 'prod', to: past.good, reason: 'a bad night', idempotencyKey };
  const [answer] = await Promise.all([insist(() => roll(client, asked)), merged]);
  return answer;
}

function roll(
  client: Client,
  asked: { service: string; environment: string; to: string; reason: string; idempotencyKey: string },
): Promise<RollbackAnswer> {
  return client.call(requestRollback, asked);
}

/** Asks again, the same thing, for as long as nobody answers. */
async function insist(call: () => Promise<RollbackAnswer>): Promise<RollbackAnswer> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const passing = error instanceof TypeError || (error instanceof AppError && error.kind === 'unavailable');
      if (!passing || Date.now() > deadline) throw error;
    }
    await wait(50);
  }
}

export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it never came to be');
    await wait(50);
  }
}

/** An artifact with one object of that name. */
async function plain(input: { service: string; run: number; object: string; branch?: string }): Promise<MadeArtifact> {
  const { service, run, object, branch = 'main' } = input;
  const sha = createHash('sha1').update(`${service} ${branch} ${run}`).digest('hex');
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${object}\ndata:\n  run: "${run}"\n`;
  const files = ['dev', 'prod'].map((name) => ({ path: `${name}/config.yaml`, content: Buffer.from(text) }));
  const spec: ArtifactSpec = {
    schemaVersion: 1,
    id: artifactId({ service, branch, sha }, files),
    service,
    namespaces: { default: 'shop' },
    source: {
      repository: `https://git.example.com/shop/${service}`,
      branch,
      sha,
      message: `${service}: change ${run}`,
      author: { name: 'Sam Okoro', email: 'sam@example.com' },
      committedAt: new Date(Date.UTC(2026, 0, 1, 0, run)).toISOString(),
    },
    ci: { provider: 'test', workflow: 'build', runNumber: run, runAttempt: 1 },
  };
  const json = { path: 'artifact.json', content: Buffer.from(JSON.stringify(spec)) };
  const zip = new Uint8Array(await writeArchive([json, ...files]));
  return { spec, zip, sha256: createHash('sha256').update(zip).digest('hex') };
}
