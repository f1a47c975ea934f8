import type { ArtifactFile } from '@release-manager/domain';

import { countNodes } from './count-nodes.ts';
import { nameOf } from './identity-rules.ts';
import { isClusterScoped } from './kubernetes-kinds.ts';
import { manifestLimits } from './manifest-limits.ts';
import { objectKey } from './manifest-object.ts';
import { exceededLimit, isManifestPath, parseManifests } from './manifest-parser.ts';
import type { ManifestProblem } from './manifest-problem.ts';

/** What names an object in a folder. */
export interface NamedObject {
  /** Empty for the core group. */
  readonly apiGroup: string;
  readonly kind: string;
  /** Empty for an object that belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
}

export interface FolderObjects {
  readonly objects: readonly NamedObject[];
  /** Why the list may lack some; absent when it is complete. */
  readonly problem?: ManifestProblem | undefined;
}

export interface ListOptions {
  /** Where Flux puts what the folder holds. */
  readonly namespace: string;
  /** Lets other work of the process run. */
  readonly breathe: () => Promise<void>;
  readonly mostNodes?: number;
}

/**
 * Everything that can be named in a folder, without judging whether it may be there: a release that is committed owns its
 * objects whatever the rules have become, and Flux applies what people committed by hand all the same. Objects of a namespace
 * are in `namespace`, whatever they say, because Flux puts them there (`targetNamespace`). The files are parsed one by one, with a
 * pause after each, and let go: hostile YAML takes the memory of one file and ends at `manifestLimits`.
 */
export async function listObjects(
  files: readonly ArtifactFile[],
  { namespace, breathe, mostNodes = manifestLimits.nodes }: ListOptions,
): Promise<FolderObjects> {
  const manifests = files.filter(({ path }) => isManifestPath(path));
  const bytes = manifests.reduce((sum, { content }) => sum + content.byteLength, 0);
  if (manifests.length > manifestLimits.files || bytes > manifestLimits.totalBytes)
    return { objects: [], problem: parseManifests(manifests).problems[0] };
  const found = new Map<string, NamedObject>();
  const has = { objects: 0, nodes: 0 };
  let problem: ManifestProblem | undefined;
  for (const file of manifests) {
    const parsed = parseManifests([file]);
    problem ??= parsed.problems[0];
    for (const object of parsed.files.flatMap(({ objects }) => objects)) {
      has.objects += 1;
      has.nodes += countNodes(object.map);
      const head = nameOf(object);
      if (head === undefined) continue;
      const { apiGroup, kind, name } = head;
      const named = { apiGroup, kind, namespace: isClusterScoped(head) ? '' : namespace, name, file: file.path };
      const key = objectKey(named);
      if (!found.has(key)) found.set(key, named);
    }
    const exceeded = exceededLimit(has, mostNodes);
    if (exceeded !== undefined) return { objects: [...found.values()], problem: tooMuch(file.path, exceeded) };
    await breathe();
  }
  return { objects: [...found.values()], problem };
}

function tooMuch(file: string, what: string): ManifestProblem {
  return { file, line: 1, rule: 'manifest.environment-size', message: `The folder has more than ${what}.` };
}
