import { messageOf } from '@release-manager/domain';

import { listAt, isTrueAt, resourcePath, textAt, type Fields, type InventoryObject } from '../objects/index.ts';
import type { ApiClient } from './api-client.ts';
import { statusOf } from './api-error.ts';

/** `unreadable`: the daemon may not read the kind. */
export type Found =
  | { readonly state: 'there'; readonly object: Fields }
  | { readonly state: 'gone' }
  | { readonly state: 'unreadable'; readonly why: string };

interface KnownKind {
  readonly plural: string;
  readonly namespaced: boolean;
}

const keepMs = 10 * 60_000;

/** Looks at single objects of any kind. Which kinds there are, and which may not be read, is remembered for ten minutes. */
export class ObjectFinder {
  readonly #client: ApiClient;
  readonly #now: () => number;
  readonly #kinds = new Map<string, { readonly at: number; readonly kinds: ReadonlyMap<string, KnownKind> }>();
  readonly #forbidden = new Map<string, { readonly at: number; readonly why: string }>();

  constructor(client: ApiClient, now: () => number = () => performance.now()) {
    this.#client = client;
    this.#now = now;
  }

  /** Kinds that were refused, with why. */
  get unreadable(): readonly { readonly kind: string; readonly why: string }[] {
    return [...this.#forbidden].map(([key, { why }]) => ({ kind: key.slice(key.indexOf('/') + 1), why }));
  }

  /** @throws AppError unavailable when nobody can tell now. */
  async find(wanted: InventoryObject, version: string, signal: AbortSignal): Promise<Found> {
    const key = `${wanted.group}/${wanted.kind}`;
    const refused = this.#forbidden.get(key);
    if (refused !== undefined && this.#now() - refused.at < keepMs) return { state: 'unreadable', why: refused.why };
    const known = (await this.#kindsOf(wanted.group, version, signal)).get(wanted.kind);
    // Its CRD is gone, and so are the objects.
    if (known === undefined) return { state: 'gone' };
    const namespace = known.namespaced ? wanted.namespace : undefined;
    const type = { group: wanted.group, plural: known.plural };
    const path = resourcePath(type, { version, namespace, name: wanted.name });
    try {
      const object = await this.#client.get(path, signal);
      this.#forbidden.delete(key);
      return { state: 'there', object };
    } catch (error) {
      if (statusOf(error) === 404) return { state: 'gone' };
      if (statusOf(error) !== 403) throw error;
      this.#forbidden.set(key, { at: this.#now(), why: messageOf(error).slice(0, 500) });
      return { state: 'unreadable', why: messageOf(error) };
    }
  }

  async #kindsOf(group: string, version: string, signal: AbortSignal): Promise<ReadonlyMap<string, KnownKind>> {
    const key = `${group}/${version}`;
    const kept = this.#kinds.get(key);
    if (kept !== undefined && this.#now() - kept.at < keepMs) return kept.kinds;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const list = await this.#client.get(root, signal).catch((error: unknown) => {
      if (statusOf(error) === 404) return {};
      throw error;
    });
    const kinds = new Map<string, KnownKind>();
    for (const resource of listAt(list, 'resources')) {
      const plural = textAt(resource, 'name');
      const kind = textAt(resource, 'kind');
      // Names with a slash are subresources.
      if (plural === undefined || kind === undefined || plural.includes('/')) continue;
      kinds.set(kind, { plural, namespaced: isTrueAt(resource, 'namespaced') });
    }
    this.#kinds.set(key, { at: this.#now(), kinds });
    return kinds;
  }
}
