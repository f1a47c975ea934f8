import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { parseApiPath, resourceList, type ApiPath } from './api-path.ts';
import { ContainerLogs, type ContainerLog } from './container-logs.ts';
import { usualResources, type KubeObject, type KubeResource } from './kube-object.ts';
import { mergePatch } from './merge-patch.ts';
import { ObjectStore } from './object-store.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import { sendJson, sendStatus } from './status.ts';
import { WatchStream } from './watch-stream.ts';

export interface KubeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
}

/**
 * What a test does to a request: another answer, a broken connection, or none at all. A promise that a hook returns holds the
 * request up for as long as it is open.
 */
export type KubeFault =
  | { readonly status: number; readonly message?: string; readonly retryAfter?: number }
  | 'drop'
  | 'hang'
  | undefined;

/** What is left of a list that is being paged. */
interface Page {
  readonly items: readonly KubeObject[];
  readonly version: number;
}

/**
 * An API server on a loopback port, as far as a client that lists, watches and reads logs can tell: pages with tokens,
 * one rising version, bookmarks, ERROR events, 410 in both forms, selectors, refusals. It checks nothing that it is given.
 */
export class FakeApiServer {
  readonly store = new ObjectStore();
  readonly requests: KubeRequest[] = [];
  readonly #resources = [...usualResources];
  readonly #watches = new Set<WatchStream>();
  readonly #pages = new Map<string, Page>();
  readonly #logs = new ContainerLogs();
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  #hook: ((request: KubeRequest) => KubeFault | Promise<KubeFault>) | undefined;
  #port = 0;

  /** On a free port, or on the one that a server before it had. */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get watches(): readonly WatchStream[] {
    return [...this.#watches];
  }

  /** A kubeconfig with which clients reach this server. */
  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
      clusters: [{ name: 'fake', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'fake', user: { token: 'fake-token' } }],
    });
  }

  /** Called before each request until replaced. */
  beforeRequest(hook: ((request: KubeRequest) => KubeFault | Promise<KubeFault>) | undefined): void {
    this.#hook = hook;
  }

  /** Creates or replaces an object. */
  put(object: KubeObject): KubeObject {
    return this.store.put(this.#typeOf(object), object);
  }

  /** Changes some fields of an object, those of its status among them. */
  patch(kind: string, namespace: string, name: string, patch: object): KubeObject {
    const resource = this.#kind(kind);
    const before = this.store.get(resource, namespace, name);
    if (before === undefined) throw new Error(`${kind} ${namespace}/${name} does not exist`);
    return this.store.put(resource, mergePatch(before, patch) as KubeObject);
  }

  get(kind: string, namespace: string, name: string): KubeObject | undefined {
    return this.store.get(this.#kind(kind), namespace, name);
  }

  list(kind: string): KubeObject[] {
    return this.store.list(this.#kind(kind));
  }

  remove(kind: string, namespace: string, name: string): void {
    this.store.remove(this.#kind(kind), namespace, name);
  }

  /** As when a CRD is installed. */
  install(resource: KubeResource): void {
    this.#resources.push(resource);
  }

  /** As when a CRD is not installed. */
  uninstall(kind: string): void {
    const index = this.#resources.findIndex((one) => one.kind === kind);
    if (index >= 0) this.#resources.splice(index, 1);
  }

  /** What a container printed; the next call replaces it. */
  setLog(namespace: string, pod: string, container: string, log: ContainerLog): void {
    this.#logs.set(namespace, pod, container, log);
  }

  /** Every token of a list that is being paged is too old. */
  expirePages(): void {
    this.#pages.clear();
  }

  bookmarkAll(): void {
    for (const watch of this.#watches) watch.bookmark(this.store.version);
  }

  async stop(): Promise<void> {
    for (const watch of this.#watches) watch.drop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const query = url.searchParams;
    const isWatch = query.get('watch') === 'true' || query.get('watch') === '1';
    const seen: KubeRequest = { method: request.method ?? 'GET', path: url.pathname, query, isWatch };
    this.requests.push(seen);
    const fault = await this.#hook?.(seen);
    if (fault === 'drop') request.socket.destroy();
    else if (fault === 'hang') return;
    else if (fault !== undefined) sendStatus(response, fault.status, fault.message ?? 'fault', fault.retryAfter);
    else await this.#answer(request, response, seen);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, seen: KubeRequest): Promise<void> {
    const path = parseApiPath(seen.path);
    if (path === undefined) {
      sendStatus(response, 404, 'the server could not find the requested resource');
      return;
    }
    const resource = this.#resources.find(
      (one) => one.group === path.group && one.version === path.version && one.plural === path.plural,
    );
    if (path.plural === undefined) {
      const list = resourceList(path, this.#resources);
      if (list === undefined) sendStatus(response, 404, 'the server could not find the requested resource');
      else sendJson(response, 200, list);
    } else if (resource === undefined) sendStatus(response, 404, 'the server could not find the requested resource');
    else if (path.subresource === 'log')
      this.#logs.answer(response, path, seen.query, this.store.get(resource, path.namespace ?? '', path.name ?? ''));
    else if (path.name === undefined && seen.method === 'GET') this.#list(response, resource, path, seen);
    else await this.#one(request, response, { resource, path });
  }

  #list(response: ServerResponse, resource: KubeResource, path: ApiPath, { query, isWatch }: KubeRequest): void {
    const { namespace } = path;
    const byLabel = labelSelector(query.get('labelSelector'));
    const byField = fieldSelector(query.get('fieldSelector'));
    const matches = (object: KubeObject): boolean => byLabel(object) && byField(object);
    if (isWatch) {
      this.#watch(response, query, { resource, namespace, matches });
      return;
    }
    const token = query.get('continue');
    const all = (): KubeObject[] =>
      this.store.list(resource).filter((object) => isIn(object, namespace) && matches(object));
    const page = token === null ? { items: all(), version: this.store.version } : this.#pages.get(token);
    if (page === undefined) {
      sendStatus(response, 410, 'The provided continue parameter is too old to display a consistent list result.');
      return;
    }
    sendJson(response, 200, this.#page(resource, page, Number(query.get('limit') ?? 0)));
  }

  #page(resource: KubeResource, { items, version }: Page, limit: number): object {
    const rest = limit === 0 ? [] : items.slice(limit);
    const next = rest.length === 0 ? undefined : `page-${this.#pages.size + 1}-${version}`;
    if (next !== undefined) this.#pages.set(next, { items: rest, version });
    return {
      kind: `${resource.kind}List`,
      apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
      metadata: {
        resourceVersion: String(version),
        ...(next === undefined ? {} : { continue: next, remainingItemCount: rest.length }),
      },
      // Items of a list say neither their kind nor their version.
      items: items
        .slice(0, items.length - rest.length)
        .map((item) => ({ ...item, apiVersion: undefined, kind: undefined })),
    };
  }

  #watch(
    response: ServerResponse,
    query: URLSearchParams,
    scope: { resource: KubeResource; namespace: string | undefined; matches: (object: KubeObject) => boolean },
  ): void {
    const from = Number(query.get('resourceVersion') ?? this.store.version);
    if (from > this.store.version) {
      sendStatus(response, 504, `Timeout: Too large resource version: ${from}, current: ${this.store.version}`);
      return;
    }
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    const watch = new WatchStream(response, this.store, { ...scope, bookmarks }, Math.max(from, this.store.horizon));
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
    if (from < this.store.horizon) {
      watch.fail(410, `too old resource version: ${from} (${this.store.horizon})`);
      return;
    }
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    if (seconds <= 0) return;
    const timer = setTimeout(() => watch.close(), seconds * 1000).unref();
    response.once('close', () => clearTimeout(timer));
  }

  async #one(
    request: IncomingMessage,
    response: ServerResponse,
    { resource, path }: { resource: KubeResource; path: ApiPath },
  ): Promise<void> {
    const { namespace = '', name = '' } = path;
    const before = this.store.get(resource, namespace, name);
    if (request.method === 'POST' || request.method === 'PUT') {
      const object = JSON.parse(await bodyOf(request)) as KubeObject;
      sendJson(response, 200, this.store.put(resource, object));
    } else if (before === undefined) {
      sendStatus(response, 404, `${resource.plural} "${name}" not found`);
    } else if (request.method === 'PATCH') {
      const patched = mergePatch(before, JSON.parse(await bodyOf(request))) as KubeObject;
      sendJson(response, 200, this.store.put(resource, patched));
    } else if (request.method === 'DELETE') {
      sendJson(response, 200, this.store.remove(resource, namespace, name) ?? {});
    } else sendJson(response, 200, before);
  }

  #typeOf(object: KubeObject): KubeResource {
    return this.#kind(object.kind);
  }

  #kind(kind: string): KubeResource {
    const found = this.#resources.find((one) => one.kind === kind) ?? usualResources.find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`no kind ${kind} is installed`);
    return found;
  }
}

function isIn(object: KubeObject, namespace: string | undefined): boolean {
  return namespace === undefined || object.metadata.namespace === namespace;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
