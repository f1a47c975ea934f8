import type { ServerResponse } from 'node:http';

import type { KubeObject, KubeResource } from './kube-object.ts';
import type { ObjectStore, StoredChange } from './object-store.ts';
import type { Matches } from './selectors.ts';

export interface WatchScope {
  readonly resource: KubeResource;
  readonly namespace: string | undefined;
  readonly matches: Matches;
  readonly bookmarks: boolean;
}

/** The server's end of one watch. */
export class WatchStream {
  readonly scope: WatchScope;
  readonly #response: ServerResponse;
  readonly #unsubscribe: () => void;
  #frozen = false;

  constructor(response: ServerResponse, store: ObjectStore, scope: WatchScope, from: number) {
    this.scope = scope;
    this.#response = response;
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    for (const change of store.since(from)) this.#tell(change);
    this.#unsubscribe = store.subscribe((change) => this.#tell(change));
    response.once('close', this.#unsubscribe);
  }

  /** The way a server ends a watch whose time is over. */
  close(): void {
    this.#unsubscribe();
    this.#response.end();
  }

  /** The connection breaks. */
  drop(): void {
    this.#unsubscribe();
    this.#response.destroy();
  }

  /** From now on nothing comes any more, and the connection stays open: the peer is gone without a word. */
  freeze(): void {
    this.#frozen = true;
  }

  bookmark(version: number): void {
    if (!this.scope.bookmarks) return;
    const { group, version: apiVersion, kind } = this.scope.resource;
    this.#send('BOOKMARK', {
      kind,
      apiVersion: group === '' ? apiVersion : `${group}/${apiVersion}`,
      metadata: { resourceVersion: String(version), creationTimestamp: null },
    });
  }

  /** An ERROR event with a Status, after which the server ends the watch. */
  fail(code: number, message: string): void {
    const reason = code === 410 ? 'Expired' : 'InternalError';
    this.#send('ERROR', { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code });
    this.close();
  }

  /** What meets the selector for the first time is added, what no longer does is deleted. */
  #tell({ resource, before, after }: StoredChange): void {
    const { scope } = this;
    if (resource.group !== scope.resource.group || resource.plural !== scope.resource.plural) return;
    const was = before !== undefined && this.#isInScope(before);
    const is = after !== undefined && this.#isInScope(after);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', after);
    else if (was) {
      const version = after?.metadata.resourceVersion ?? before.metadata.resourceVersion;
      this.#send('DELETED', { ...before, metadata: { ...before.metadata, resourceVersion: version } });
    }
  }

  #isInScope(object: KubeObject): boolean {
    const { namespace, matches } = this.scope;
    return (namespace === undefined || object.metadata.namespace === namespace) && matches(object);
  }

  #send(type: string, object: object): void {
    if (!this.#frozen) this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }
}
