import { layout, parseReleaseJson, type ConfigSnapshot } from '@release-manager/config-repo';
import { ArtifactSpec } from '@release-manager/contract';
import type { TreeReader } from '@release-manager/git';

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
  const folders = await listFolders(tree, snapshot);
  const pathOf = (folder: ReleaseFolderContent, name: string): string =>
    `${layout.release(folder.environment, folder.namespace, folder.service)}/${name}`;
  const contents = await tree.readMany(folders.flatMap((folder) => names.map((name) => pathOf(folder, name))));
  return folders.map((folder) => {
    const release = contents.get(pathOf(folder, 'release.json'));
    return {
      ...folder,
      releaseId: release === undefined ? undefined : parseReleaseJson(release)?.releaseId,
      spec: parseSpec(contents.get(pathOf(folder, 'artifact.json')), folder.service),
    };
  });
}

async function listFolders(tree: TreeReader, snapshot: ConfigSnapshot): Promise<ReleaseFolderContent[]> {
  const found: ReleaseFolderContent[] = [];
  for (const { name: environment } of snapshot.environments) {
    for (const namespace of await foldersIn(tree, layout.releases(environment))) {
      for (const service of await foldersIn(tree, `${layout.releases(environment)}/${namespace}`))
        found.push({ environment, namespace, service });
    }
  }
  return found;
}

async function foldersIn(tree: TreeReader, path: string): Promise<string[]> {
  return ((await tree.list(path)) ?? []).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
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
