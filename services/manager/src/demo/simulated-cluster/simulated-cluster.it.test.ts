import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createBareRepository } from '@release-manager/git';
import { isReady } from '@release-manager/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { startSimulatedCluster, type SimulatedCluster } from './simulated-cluster.ts';

const run = promisify(execFile);
let folder: string;
let cluster: SimulatedCluster;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulated-cluster-'));
  await createBareRepository(join(folder, 'config.git'), 'main');
  const repository = join(folder, 'config.git');
  // Nobody waits for the poll: what is seen was poked.
  cluster = await startSimulatedCluster({ environment: 'prod', repository, turnMs: 1, pollMs: 600_000 });
});
afterEach(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const sync = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: flux-system, namespace: flux-system }
spec: { path: ./clusters/prod }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: prod-cart, namespace: flux-system }
spec: { path: ./prod/releases/shop/cart, targetNamespace: shop }
`;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec: { replicas: 5, template: { spec: { containers: [{ name: cart, image: "cart:1" }] } } }
`;

/** One commit with these files, by a stream of fast-import. */
async function push(files: Readonly<Record<string, string>>): Promise<string> {
  const blobs = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const head = 'commit refs/heads/main\ncommitter Ada <ada@example.com> 1772359200 +0000\ndata 0\n';
  const git = run('git', ['-c', 'safe.directory=*', 'fast-import', '--quiet'], { cwd: join(folder, 'config.git') });
  git.child.stdin?.end(`${head}${blobs.join('')}\n`);
  await git;
  const { stdout } = await run('git', ['-c', 'safe.directory=*', 'rev-parse', 'main'], {
    cwd: join(folder, 'config.git'),
  });
  return stdout.trim();
}

function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = cluster.api.store.subscribe(look);
    look();
  });
}

it('does what a commit says when it is poked, and its pods come up', async () => {
  const commit = await push({
    'clusters/prod/flux-system/sync.yaml': sync,
    'prod/releases/shop/cart/deployment.yaml': deployment,
  });
  await fetch(cluster.receiverUrl, { method: 'POST' });
  await until(() => cluster.api.list('Pod').filter(isReady).length === 5);
  expect(cluster.api.get('Kustomization', 'flux-system', 'prod-cart')?.['status']).toMatchObject({
    lastAppliedRevision: `main@sha1:${commit}`,
  });
});

it('names the reason when it cannot go on', async () => {
  await rm(join(folder, 'config.git'), { recursive: true });
  await fetch(cluster.receiverUrl, { method: 'POST' });
  await expect(cluster.lost).rejects.toThrow(/git/);
});
