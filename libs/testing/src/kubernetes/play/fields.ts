import { createHash } from 'node:crypto';

import type { KubeObject } from '../kube-object.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The value at a path of an object of which nothing is known. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const name of path) here = isFields(here) ? here[name] : undefined;
  return here;
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const text = at(value, ...path);
  return typeof text === 'string' ? text : '';
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const number = at(value, ...path);
  return typeof number === 'number' ? number : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const list = at(value, ...path);
  return Array.isArray(list) ? list : [];
}

export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const fields = at(value, ...path);
  return isFields(fields) ? fields : {};
}

export function textsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const fields = Object.entries(fieldsAt(value, ...path));
  return Object.fromEntries(fields.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Ten characters that are the same for the same value, as the hash of a template is. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10);
}

/** What makes an object the property of another one, which is its controller. */
export function ownerReference({ apiVersion, kind, metadata }: KubeObject): Fields {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** The uid of its controller; empty where it has none. */
export function controllerOf(object: KubeObject): string {
  return textAt(listAt(object, 'metadata', 'ownerReferences')[0], 'uid');
}

export function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
