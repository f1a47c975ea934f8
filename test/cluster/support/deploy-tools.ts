import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { readObjects, type KubeObject } from '@release-manager/testing/control-plane';
import { buildGoTool, type GoTool } from '@release-manager/testing/go-tool';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const timeoutMs = 30 * 60_000;

const helm: GoTool = {
  name: 'helm',
  package: 'helm.sh/helm/v4/cmd/helm',
  folder: join(import.meta.dirname, '..', 'tools', 'helm'),
  timeoutMs,
};
const kustomize: GoTool = {
  name: 'kustomize',
  package: 'sigs.k8s.io/kustomize/kustomize/v5',
  folder: join(import.meta.dirname, '..', 'tools', 'kustomize'),
  timeoutMs,
};

const kubectl: GoTool = {
  name: 'kubectl',
  package: 'k8s.io/kubernetes/cmd/kubectl',
  folder: join(import.meta.dirname, '..', 'tools', 'kubectl'),
  timeoutMs,
};

/** What people install with, at the pinned versions; built once, like the programs of the cluster. */
export const deployTools = [helm, kustomize, kubectl] as const;

/** The paths of the programs that people type, by their names. */
export async function typedPrograms(): Promise<Readonly<Record<'helm' | 'kubectl', string>>> {
  return { helm: await buildGoTool(helm), kubectl: await buildGoTool(kubectl) };
}

/** The objects of a folder with a kustomization.yaml, from the root of the project. */
export async function renderKustomization(folder: string): Promise<KubeObject[]> {
  const { stdout } = await run(await buildGoTool(kustomize), ['build', join(root, folder)], { encoding: 'buffer' });
  return readObjects([{ path: `${folder}.yaml`, content: stdout }]);
}

/**
 * The objects of our chart for an installation called `release-manager` in a namespace.
 * @throws Error with what helm says, when the schema of the values refuses them
 */
export async function renderChart(namespace: string, values: readonly string[]): Promise<KubeObject[]> {
  const chart = join(root, 'deploy', 'helm', 'release-manager');
  const sets = values.flatMap((value) => ['--set', value]);
  const { stdout } = await run(
    await buildGoTool(helm),
    ['template', 'release-manager', chart, '--namespace', namespace, '--kube-version', '1.36.4', ...sets],
    { encoding: 'buffer', maxBuffer: 16 * 1024 * 1024 },
  );
  return readObjects([{ path: 'chart.yaml', content: stdout }]);
}
