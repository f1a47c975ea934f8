import { layout } from '@release-manager/config-repo';
import { compact } from '@release-manager/domain';
import type { TreeReader } from '@release-manager/git';

import type { Artifact } from '../../artifacts/index.ts';

/** Where a release will write. */
export interface ExistingPlace {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  /** Whether the manifests that lie there are wanted too. */
  readonly folder: boolean;
}

/** A partial mirror has to fetch old manifests first, and only a Job cares what it was before. */
export function needsOldManifests(artifact: Artifact | undefined, environment: string): boolean {
  return artifact?.environments[environment]?.objects.some(({ kind }) => kind === 'Job') ?? false;
}

/** What lies on the tip where the release will write. */
export async function readExisting(tree: TreeReader, place: ExistingPlace) {
  const root = layout.release(place.environment, place.namespace, place.service);
  const paths = fluxPaths(place);
  const folder = await folderPaths(tree, place);
  // A file of a size that nobody renders was put there by hand; it is replaced like any other.
  const contents = await tree.readMany([...Object.values(paths), ...folder], { onTooLarge: 'skip' });
  return compact({
    kustomization: contents.get(paths.kustomization),
    namespaceFile: contents.get(paths.namespaceFile),
    artifactsFile: contents.get(paths.artifactsFile),
    folder: folder.flatMap((path) => {
      const content = contents.get(path);
      return content === undefined ? [] : [{ path: path.slice(root.length + 1), content }];
    }),
  });
}

/**
 * Brings what a whole batch will read into the mirror by one request. Without it each release that touches a file for the
 * first time would start a fetch of its own, and a burst would consist of little else.
 */
export async function prefetchExisting(tree: TreeReader, places: readonly ExistingPlace[]): Promise<void> {
  const paths = new Set(places.flatMap((place) => Object.values(fluxPaths(place))));
  for (const place of places) for (const path of await folderPaths(tree, place)) paths.add(path);
  await tree.readMany([...paths], { onTooLarge: 'skip' });
}

function fluxPaths({ environment, namespace, service }: ExistingPlace) {
  return {
    kustomization: layout.kustomization(environment, namespace, service),
    namespaceFile: layout.namespaceFile(environment, namespace),
    artifactsFile: layout.artifacts(environment, namespace),
  };
}

async function folderPaths(
  tree: TreeReader,
  { environment, namespace, service, folder }: ExistingPlace,
): Promise<string[]> {
  if (!folder) return [];
  return (await tree.files(layout.release(environment, namespace, service))).map((file) => file.path);
}
