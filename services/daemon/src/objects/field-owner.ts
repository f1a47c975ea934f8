import { fieldsAt, isFields, listAt, textAt, type Fields } from './fields.ts';

/** Flux's field manager: kustomize-controller applies under its own name. */
export const fluxManager = 'kustomize-controller';

/** The annotation by which a workload says which release it is of. */
const releaseAnnotation = 'f:release-manager.io/release-id';

/** Where a template of pods stands: in a CronJob one step deeper. */
const templates = [
  ['f:template', 'f:spec'],
  ['f:jobTemplate', 'f:spec', 'f:template', 'f:spec'],
] as const;

/**
 * What is kept of one entry of `metadata.managedFields`: whose it is, and which of the few fields it owns by which a workload is
 * compared with the config repo (`replicas`, `release`, `image <container>`). The rest is half of the bytes of an object.
 */
export interface FieldOwner {
  readonly manager: string;
  readonly subresource?: string;
  /** RFC 3339; empty where the entry has none. */
  readonly time: string;
  readonly owns: readonly string[];
}

/** The entries that matter: those that own such a field, and whoever scales. Nothing where the object does not say who owns what. */
export function fieldOwners(metadata: Fields): readonly FieldOwner[] | undefined {
  if (!('managedFields' in metadata)) return undefined;
  return listAt(metadata, 'managedFields').flatMap((entry) => {
    const manager = textAt(entry, 'manager') ?? '';
    const subresource = textAt(entry, 'subresource');
    const owns = ownedBy(fieldsAt(entry, 'fieldsV1'));
    if (owns.length === 0 && subresource !== 'scale') return [];
    const time = textAt(entry, 'time') ?? '';
    return [{ manager, ...(subresource === undefined ? {} : { subresource }), time, owns }];
  });
}

function ownedBy(fields: Fields): string[] {
  const spec = fieldsAt(fields, 'f:spec');
  return [
    ...('f:replicas' in spec ? ['replicas'] : []),
    ...(releaseAnnotation in fieldsAt(fields, 'f:metadata', 'f:annotations') ? ['release'] : []),
    ...templates.flatMap((path) => {
      const pod = fieldsAt(spec, ...path);
      return [...imagesIn(fieldsAt(pod, 'f:initContainers')), ...imagesIn(fieldsAt(pod, 'f:containers'))];
    }),
  ];
}

/** The elements of a list are named by their keys, as JSON: `k:{"name":"app"}`. */
function imagesIn(containers: Fields): string[] {
  return Object.entries(containers).flatMap(([key, owned]) => {
    if (!key.startsWith('k:') || !isFields(owned) || !('f:image' in owned)) return [];
    const name = nameIn(key.slice(2));
    return name === undefined ? [] : [`image ${name}`];
  });
}

function nameIn(json: string): string | undefined {
  try {
    const key: unknown = JSON.parse(json);
    return isFields(key) ? textAt(key, 'name') : undefined;
  } catch {
    return undefined;
  }
}
