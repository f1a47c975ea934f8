import type { ArtifactFile } from '@release-manager/domain';

import { countNodes } from './count-nodes.ts';
import { isLeftAlone } from './flux-hints.ts';
import { isWorkload, templatePaths, type GroupKind } from './kubernetes-kinds.ts';
import { headOf } from './manifest-object.ts';
import { exceededLimit, isManifestPath, parseManifests, type ParsedObject } from './manifest-parser.ts';
import { stampKeys } from './stamp-keys.ts';

/** What a manifest says of a workload, as far as the live object can be compared with it. */
export interface DeclaredWorkload extends GroupKind {
  readonly name: string;
  /** `spec.replicas`; absent where it is not declared as a number, or something in the same folder scales the workload. */
  readonly replicas?: number;
  /** Of the stamp; absent where people took it away. */
  readonly releaseId?: string;
  /** Without an image where Flux still puts something in (`${…}`), or where it is longer than any. */
  readonly containers: readonly { readonly name: string; readonly image?: string }[];
}

/** Whatever of a folder matters has one of these words in it, so that the other files need not be parsed. */
const kinds = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'HorizontalPodAutoscaler',
  'ScaledObject',
];
/** Characters. Whatever is longer is not in any cluster: names and images end sooner there. */
const longest = { name: 253, releaseId: 100, image: 1_000 } as const;
const replicated = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/**
 * The workloads that a release folder declares; a bare pod is none, and what Flux is told to leave alone is left out. The files
 * are parsed one by one, with a pause after each, and let go.
 * @returns nothing when a file cannot be read: then nobody knows what is declared
 */
export async function listWorkloads(
  files: readonly ArtifactFile[],
  breathe: () => Promise<void>,
): Promise<readonly DeclaredWorkload[] | undefined> {
  const found: DeclaredWorkload[] = [];
  const scaled = new Set<string>();
  const has = { objects: 0, nodes: 0 };
  for (const file of files.filter(({ path, content }) => isManifestPath(path) && mentions(content))) {
    const { files: parsed, problems } = parseManifests([file]);
    const objects = parsed.flatMap((each) => each.objects);
    has.objects += objects.length;
    for (const { map } of objects) has.nodes += countNodes(map);
    if (problems.length > 0 || exceededLimit(has) !== undefined) return undefined;
    for (const object of objects) {
      const target = scaleTarget(object);
      if (target !== undefined) scaled.add(target);
      found.push(...readWorkload(object));
    }
    await breathe();
  }
  return found.map(({ replicas, ...workload }) =>
    replicas === undefined || scaled.has(`${workload.kind}/${workload.name}`) ? workload : { ...workload, replicas },
  );
}

function mentions(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return kinds.some((kind) => bytes.includes(kind));
}

/** `Deployment/web`: what an autoscaler of the folder scales. KEDA's means a Deployment where it says nothing. */
function scaleTarget(object: ParsedObject): string | undefined {
  const { apiGroup, kind } = headOf(object);
  const isScaler =
    (apiGroup === 'autoscaling' && kind === 'HorizontalPodAutoscaler') ||
    (apiGroup === 'keda.sh' && kind === 'ScaledObject');
  if (!isScaler) return undefined;
  const { tree, map } = object;
  const target = tree.at(map, 'spec', 'scaleTargetRef');
  return `${tree.text(tree.at(target, 'kind')) ?? 'Deployment'}/${tree.text(tree.at(target, 'name')) ?? ''}`;
}

function readWorkload(object: ParsedObject): DeclaredWorkload[] {
  const { apiGroup, kind, name } = headOf(object);
  const template = templatePaths({ apiGroup, kind }).at(-1);
  if (!isWorkload({ apiGroup, kind }) || template === undefined || isLeftAlone(object)) return [];
  if (name === '' || name.length > longest.name) return [];
  const { tree, map } = object;
  const replicas = replicated.has(kind) ? tree.value(tree.at(map, 'spec', 'replicas')) : undefined;
  const releaseId = tree.text(tree.at(map, 'metadata', 'annotations', stampKeys.releaseId));
  const pod = tree.at(map, ...template, 'spec');
  return [
    {
      apiGroup,
      kind,
      name,
      ...(typeof replicas === 'number' && Number.isSafeInteger(replicas) ? { replicas } : {}),
      ...(releaseId === undefined || releaseId.length > longest.releaseId ? {} : { releaseId }),
      containers: ['initContainers', 'containers'].flatMap((list) =>
        tree.items(tree.at(pod, list)).flatMap((item) => {
          const [own, image] = ['name', 'image'].map((key) => tree.text(tree.at(item, key)));
          if (own === undefined || own.length > longest.name) return [];
          const isKnown = image !== undefined && image.length <= longest.image && !image.includes('$');
          return [isKnown ? { name: own, image } : { name: own }];
        }),
      ),
    },
  ];
}
