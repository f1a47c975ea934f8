import { layout, parseReleaseJson, type ConfigSnapshot } from '@release-manager/config-repo';
import { ArtifactSpec } from '@release-manager/contract';
import type { TreeReader } from '@release-manager/git';

import { listFolders, type OwnedFolder } from '../config-repo/index.ts';

/** A service's folder at the tip, with what its files say of release and artifact. */
export interface ReleaseFolderContent {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly releaseId?: string | undefined;
  /** `artifact.json`, where it is one of ours. */
  readonly spec?: ArtifactSpec | undefined;
}

/** Every release folder of the environments that are declared; the files of all of them in one request to the remote. */
export async function readReleaseFolders(
  tree: TreeReader,
  snapshot: ConfigSnapshot,
  names: readonly ('release.json' | 'artifact.json')[] = ['release.json', 'artifact.json'],
): Promise<readonly ReleaseFolderContent[]> {
  const environments = snapshot.environments.map(({ name }) => name);
  const folders = await listFolders(tree, environments);
  const pathOf = (folder: OwnedFolder, name: string): string =>
    `${layout.release(folder.environment, folder.namespace, folder.service)}/${name}`;
  const paths = folders.flatMap((folder) => names.map((name) => pathOf(folder, name)));
  // A file that is too large is none of ours, and one of them must not stop the rebuilding of all others.
  const contents = await tree.readMany(paths, { onTooLarge: 'skip' });
  return folders.map((folder) => {
    const release = contents.get(pathOf(folder, 'release.json'));
    return {
      environment: folder.environment,
      namespace: folder.namespace,
      service: folder.service,
      releaseId: release === undefined ? undefined : parseReleaseJson(release)?.releaseId,
      spec: parseSpec(contents.get(pathOf(folder, 'artifact.json')), folder.service),
    };
  });
}

function parseSpec(content: Uint8Array | undefined, service: string): ArtifactSpec | undefined {
  if (content === undefined) return undefined;
  try {
    const { data } = ArtifactSpec.safeParse(JSON.parse(Buffer.from(content).toString('utf8')));
    return data?.service === service ? data : undefined;
  } catch {
    return undefined;
  }
}
