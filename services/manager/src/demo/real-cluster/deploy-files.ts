import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readObjects, type KubeObject } from '@release-manager/testing/control-plane';

const deploy = join(import.meta.dirname, '..', '..', '..', '..', '..', 'deploy');

/** The objects of files of `deploy`, all in the namespace that a kustomization would put them into. */
export async function readDeployFiles(paths: readonly string[], namespace: string): Promise<KubeObject[]> {
  const files = paths.map(async (path) => ({ path, content: await readFile(join(deploy, path)) }));
  return readObjects(await Promise.all(files)).map((object) =>
    object.kind.startsWith('ClusterRole') ? object : { ...object, metadata: { ...object.metadata, namespace } },
  );
}
