import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ApiServer } from './control-plane.ts';
import { freePort } from './free-port.ts';
import { untilReady } from './guarded-process.ts';
import type { Home } from './home.ts';
import type { KubeClient } from './kube-client.ts';
import { isTrue, type KubeObject } from './kube-object.ts';
import { readObjects } from './manifests.ts';
import { podStages } from './pod-stages.ts';

/** What a node has to give; ask for more and the scheduler really says no. */
export const nodeCapacity = { cpu: '64', memory: '256Gi', pods: '5000' };

/** kwok plays the kubelets of all nodes: what pods do is told by stages, which are objects that a test may add or change. */
export async function startKwok(home: Home, { kubeconfig, files, admin }: ApiServer, nodes: number): Promise<void> {
  const port = await freePort();
  await admin.apply(...(await readFolder(home.programs.nodeStages)), nodeHeartbeat(), ...podStages());
  const kwok = await home.start('kwok', [
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes=true',
    // Logs are asked for at the name of the node, which is this machine's.
    '--node-ip=',
    '--node-name=localhost',
    `--node-port=${port}`,
    `--server-address=127.0.0.1:${port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.privateKey}`,
    // With leases, a kwok that is started again waits for that of its dead predecessor.
    '--node-lease-duration-seconds=0',
    '--enable-crds=Stage,Logs,ClusterLogs',
  ]);
  await untilReady(kwok, async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
  await admin.apply(...names.map(nodeObject));
  for (const name of names) {
    await admin.until({ kind: 'Node', name }, (node) => isTrue(node, 'Ready') && node?.spec?.['taints'] === undefined);
  }
}

function nodeObject(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name }, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
    status: { allocatable: nodeCapacity, capacity: nodeCapacity },
  };
}

/** Says once in ten minutes that the node lives: the controller manager is told to wait for an hour. */
function nodeHeartbeat(): KubeObject {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: 'node-heartbeat' },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Node' },
      selector: {
        matchExpressions: [
          { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'In', values: ['True'] },
        ],
      },
      delay: { durationMilliseconds: 600_000 },
      next: {
        statusTemplate: `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
{{ end }}`,
      },
      immediateNextStage: true,
    },
  };
}

/** Applies the custom resource definitions in these folders, and waits until the server serves them. */
export async function applyDefinitions(admin: KubeClient, folders: readonly string[]): Promise<void> {
  const definitions = (await Promise.all(folders.map(readFolder))).flat();
  await Promise.all(definitions.map((definition) => admin.apply(definition)));
  const names = new Set(definitions.map(({ metadata }) => metadata.name));
  await admin.untilAll({ kind: 'CustomResourceDefinition' }, (found) =>
    [...names].every((name) =>
      isTrue(
        found.find(({ metadata }) => metadata.name === name),
        'Established',
      ),
    ),
  );
}

async function readFolder(folder: string): Promise<KubeObject[]> {
  const names = (await readdir(folder)).sort();
  const files = names.map(async (path) => ({ path, content: await readFile(join(folder, path)) }));
  return readObjects(await Promise.all(files));
}
