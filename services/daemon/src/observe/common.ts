import { createHash } from 'node:crypto';

import type { LiveStamp, ObjectCondition, ObjectRef } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { cut, listAt, textAt, timeAt, type Fields } from '../objects/index.ts';

/** What the manager puts on what it commits; the same names as in the manifests' room. */
export const managedLabel = 'release-manager.io/managed';
export const stampKeys = {
  service: 'release-manager.io/service',
  environment: 'release-manager.io/environment',
  owner: 'release-manager.io/owner',
  artifactId: 'release-manager.io/artifact-id',
  releaseId: 'release-manager.io/release-id',
} as const;

const limits = { message: 2_000, reason: 256, name: 317, image: 1_000, conditions: 30 } as const;

export const longAgo = '1970-01-01T00:00:00Z';

export function words(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cut(text, limits.message);
}

export function reasonOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cut(text, limits.reason);
}

export function nameOf(text: string | undefined): string {
  return cut(text ?? '', limits.name);
}

export function imageOf(fields: Fields): string {
  return cut(textAt(fields, 'image') ?? '', limits.image);
}

/** Which object it is, at which of its versions. */
export function objectRef(object: Fields): ObjectRef {
  const apiVersion = textAt(object, 'apiVersion') ?? 'v1';
  const version = textAt(object, 'metadata', 'resourceVersion') ?? '0';
  return {
    group: apiVersion.includes('/') ? cut(apiVersion.slice(0, apiVersion.indexOf('/')), 253) : '',
    kind: cut(textAt(object, 'kind') ?? 'Unknown', 63),
    namespace: cut(textAt(object, 'metadata', 'namespace') ?? '', 63),
    name: nameOf(textAt(object, 'metadata', 'name')),
    uid: cut(textAt(object, 'metadata', 'uid') ?? '', 64),
    resourceVersion: /^\d{1,20}$/.test(version) ? version : '0',
  };
}

export function serviceOf(object: Fields): string {
  return cut(textAt(object, 'metadata', 'labels', stampKeys.service) ?? '', 63);
}

/** The stamp as it is live; somebody may have edited it by hand. */
export function liveStamp(object: Fields): LiveStamp {
  const owner = textAt(object, 'metadata', 'labels', stampKeys.owner);
  const artifact = textAt(object, 'metadata', 'annotations', stampKeys.artifactId);
  const release = textAt(object, 'metadata', 'annotations', stampKeys.releaseId);
  return compact({
    service: serviceOf(object),
    owner: owner === undefined ? undefined : cut(owner, 63),
    artifact: artifact === undefined ? undefined : cut(artifact, 120),
    release: release === undefined ? undefined : cut(release, 40),
  });
}

/** `status.conditions`; those without a type or with an unknown status are left out. */
export function conditionsOf(object: Fields): ObjectCondition[] {
  return listAt(object, 'status', 'conditions')
    .flatMap((condition) => conditionOf(condition) ?? [])
    .slice(0, limits.conditions);
}

export function conditionOf(condition: Fields): ObjectCondition | undefined {
  const type = textAt(condition, 'type');
  const said = textAt(condition, 'status');
  const status = statuses.find((one) => one === said);
  if (type === undefined || status === undefined) return undefined;
  return compact({
    type: cut(type, limits.name),
    status,
    reason: reasonOf(textAt(condition, 'reason')),
    message: words(textAt(condition, 'message')),
    since: timeAt(condition, 'lastTransitionTime'),
  });
}

const statuses = ['True', 'False', 'Unknown'] as const;

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The one owner that made the object and keeps it going. */
export function controllerOf(object: Fields): Owner | undefined {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  const owner = owners.find((one) => one['controller'] === true);
  const uid = owner && textAt(owner, 'uid');
  if (owner === undefined || uid === undefined) return undefined;
  return { kind: cut(textAt(owner, 'kind') ?? '', 63), name: nameOf(textAt(owner, 'name')), uid: cut(uid, 64) };
}

/** Images of the containers of a pod template, as they are declared. */
export function imagesOf(podSpec: Fields): { container: string; image: string }[] {
  return [...listAt(podSpec, 'initContainers'), ...listAt(podSpec, 'containers')]
    .filter((container) => textAt(container, 'name') !== undefined)
    .map((container) => ({ container: nameOf(textAt(container, 'name')), image: imageOf(container) }))
    .slice(0, 50);
}

/** What people scale with: kubectl, k9s, Lens (`node-fetch`), and consoles in a browser (`Mozilla`). */
const toolsOfPeople = /^(?:kubectl|k9s|node-fetch|Mozilla)/;

/**
 * True where something other than a person sets `spec.replicas` through the scale subresource, as every autoscaler does.
 * Nothing where that cannot be told.
 */
export function isAutoscaled(object: Fields): true | undefined {
  const scalers = listAt(object, 'metadata', 'managedFields').filter(
    (entry) => textAt(entry, 'subresource') === 'scale',
  );
  return scalers.some((entry) => !toolsOfPeople.test(textAt(entry, 'manager') ?? 'kubectl')) ? true : undefined;
}

/** Names of nodes tell where things run; their hash tells only what runs together. */
export function nodeHash(node: string | undefined): string | undefined {
  return node === undefined ? undefined : createHash('sha256').update(node).digest('hex').slice(0, 16);
}
