/**
 * What the daemon costs in a large cluster: the real daemon as a process on a fake API server with 5,000 Deployments, their
 * ReplicaSets and 15,000 pods, and a manager that takes everything. Promise: at most 150 MB.
 *
 * Usage: node test/load/daemon.ts [workloads=5000] [podsPerWorkload=3] [changes=2000]
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { KubeObject } from '@release-manager/testing';

import { openDaemonRoom, type DaemonRoom } from '../../services/daemon/src/testing/daemon-room.ts';
import { boundedRun } from './support/bounded-run.ts';
import { timed } from './support/figures.ts';

const workloads = Number(process.argv[2] ?? 5_000);
const podsPerWorkload = Number(process.argv[3] ?? 3);
const changes = Number(process.argv[4] ?? 2_000);

const stamp = (service: string): object => ({
  'release-manager.io/managed': 'true',
  'release-manager.io/service': service,
  'app.kubernetes.io/name': service,
});

/** As large as real ones: 4 to 8 KB each, most of it the template and the managed fields. */
function objectsOf(index: number): {
  deployment: KubeObject;
  pods: (set: KubeObject) => KubeObject[];
  set: (owner: KubeObject) => KubeObject;
} {
  const service = `service-${index}`;
  const namespace = `team-${index % 50}`;
  const env = Array.from({ length: 30 }, (_, line) => ({
    name: `SETTING_${line}`,
    value: `value ${line} of ${service}`,
  }));
  const podSpec = {
    nodeName: `node-${index % 100}`,
    containers: [{ name: 'app', image: `registry.example/${service}@sha256:${'a'.repeat(64)}`, env }],
  };
  const managedFields = [
    {
      manager: 'kustomize-controller',
      fieldsV1: Object.fromEntries(env.map(({ name, value }) => [`f:${name}`, { '.': {}, 'f:value': value }])),
    },
  ];
  const template = { metadata: { labels: stamp(service) }, spec: podSpec };
  const hash = index.toString(16).padStart(10, '0');
  const owned = (owner: KubeObject): object => ({
    ownerReferences: [{ kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true }],
  });
  const counts = { replicas: podsPerWorkload, readyReplicas: podsPerWorkload, availableReplicas: podsPerWorkload };
  return {
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: service,
        namespace,
        managedFields,
        labels: { ...stamp(service), 'release-manager.io/owner': 'team' },
        annotations: {
          'release-manager.io/release-id': 'rel_01k0000000000000000000000a',
          'deployment.kubernetes.io/revision': '1',
        },
      },
      spec: { replicas: podsPerWorkload, template },
      status: { observedGeneration: 1, updatedReplicas: podsPerWorkload, ...counts },
    },
    set: (owner) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${service}-${hash}`,
        namespace,
        managedFields,
        labels: { ...stamp(service), 'pod-template-hash': hash },
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        ...owned(owner),
      },
      spec: { replicas: podsPerWorkload, template },
      status: counts,
    }),
    pods: (set) =>
      Array.from({ length: podsPerWorkload }, (_, pod) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${service}-${hash}-${pod}`,
          namespace,
          managedFields,
          labels: { ...stamp(service), 'pod-template-hash': hash },
          ...owned(set),
        },
        spec: podSpec,
        status: {
          phase: 'Running',
          conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
            type,
            status: 'True',
          })),
          containerStatuses: [
            {
              name: 'app',
              ready: true,
              started: true,
              restartCount: 0,
              state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
            },
          ],
        },
      })),
  };
}

function fill({ cluster }: DaemonRoom): void {
  for (let index = 0; index < workloads; index += 1) {
    const { deployment, set, pods } = objectsOf(index);
    const replicaSet = cluster.put(set(cluster.put(deployment)));
    for (const pod of pods(replicaSet)) cluster.put(pod);
  }
  // The fake keeps its whole history; nobody watches yet.
  cluster.store.compact();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Use {
  readonly rssMb: number;
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

function useOf(pid: number): Use {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  const times = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(times[11] ?? 0) + Number(times[12] ?? 0);
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM'), cpuSeconds: ticks / 100 };
}

function report(what: string, { rssMb, peakMb, cpuSeconds }: Use, seconds: number): void {
  const figures = [`${rssMb.toFixed(0)} MB`, `peak ${peakMb.toFixed(0)} MB`, `${cpuSeconds.toFixed(1)} s CPU`];
  say(`${what.padEnd(44)} ${seconds.toFixed(1)} s   ${figures.join('   ')}`);
}

let most: number | undefined;

async function measure(started: AsyncDisposableStack): Promise<void> {
  const room = await openDaemonRoom();
  started.defer(() => room.stop());
  const { cluster, manager } = room;
  fill(room);
  say(`${workloads} Deployments, ${workloads * podsPerWorkload} pods`);
  const main = fileURLToPath(new URL('../../services/daemon/src/main.ts', import.meta.url));
  // As `npm run daemon` and the image start it.
  const daemon = spawn(process.execPath, ['--max-semi-space-size=2', main], {
    env: { PATH: process.env['PATH'] ?? '', ...room.environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.defer(() => void daemon.kill('SIGKILL'));
  const pid = daemon.pid ?? 0;
  const told = (): boolean =>
    manager.batches.at(-1)?.daemon.synced === true && manager.batches.at(-1)?.daemon.backlog === 0;
  const first = await timed(() => manager.until(told));
  report('everything read and told', useOf(pid), first.ms / 1000);

  manager.taken.length = 0;
  manager.batches.length = 0;
  const before = useOf(pid);
  const second = await timed(async () => {
    for (let index = 0; index < changes; index += 1) {
      const { metadata } = objectsOf(index % workloads).deployment;
      const status = { readyReplicas: index };
      cluster.patch('Deployment', metadata.namespace ?? '', metadata.name, { status });
      if (index % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const last = objectsOf((changes - 1) % workloads).deployment.metadata.name;
    await manager.until(() => manager.last('workload', last)?.ready === changes - 1);
  });
  const after = useOf(pid);
  report(`${changes} changes, told`, { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds }, second.ms / 1000);

  manager.taken.length = 0;
  const since = performance.now();
  cluster.store.compact();
  for (const watch of cluster.watches) watch.fail(410, 'too old resource version');
  await manager.until(() => manager.taken.some(({ observation: one }) => one.type === 'listing' && one.kind === 'Pod'));
  const relisted = useOf(pid);
  report(
    '410 everywhere: everything read again',
    { ...relisted, cpuSeconds: relisted.cpuSeconds - after.cpuSeconds },
    (performance.now() - since) / 1000,
  );
  most = useOf(pid).peakMb;
}

function judge(): void {
  if (most === undefined) return;
  say(`${most <= 150 ? 'promise kept' : 'PROMISE BROKEN'}: peak ${most.toFixed(0)} MB of 150`);
  if (most > 150) process.exitCode = 1;
}

await boundedRun(10, measure, judge);
