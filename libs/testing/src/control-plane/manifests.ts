import { parseManifests } from '@release-manager/manifests';

import type { KubeObject } from './kube-object.ts';

/** All objects in YAML files. @throws Error for a file that cannot be read. */
export function readObjects(files: readonly { readonly path: string; readonly content: Uint8Array }[]): KubeObject[] {
  const { files: parsed, problems } = parseManifests(files);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${problem.file}:${problem.line}: ${problem.message}`);
  return parsed.flatMap(({ objects }) => objects.map(({ map }) => map.toJSON() as KubeObject));
}
