import {
  KubeError,
  connect,
  type ConnectionOptions,
  type KubeConnection,
  type KubeRequest,
} from './kube-connection.ts';
import { groupKind, referenceOf, type Fields, type Kind, type KubeObject, type Reference } from './kube-object.ts';
import { createPaths } from './kube-paths.ts';
import { watchUntil, type WatchOptions } from './watch-until.ts';

/** Objects of one kind. */
export interface Selection {
  readonly kind: Kind;
  /** Default: all namespaces. */
  readonly namespace?: string;
  /** Such as `app=web,tier!=db`. */
  readonly labels?: string;
  /** Such as `involvedObject.kind=Pod`. */
  readonly fields?: string;
}

export interface LogOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  /** Of the container that ran before. */
  readonly previous?: boolean;
  readonly tailLines?: number;
}

/** The API server as one actor sees it. Everything throws `KubeError` where the server refuses. */
export interface KubeClient {
  /** Server-side apply, one after another, conflicts forced; @returns what the server made of each. */
  apply(...objects: readonly KubeObject[]): Promise<KubeObject[]>;
  create(object: KubeObject): Promise<KubeObject>;
  /** @throws KubeError 404 when it is not there. */
  get(reference: Reference): Promise<KubeObject>;
  /** `undefined` when it is not there. */
  find(reference: Reference): Promise<KubeObject | undefined>;
  list(selection: Selection): Promise<KubeObject[]>;
  /** JSON merge patch: `null` takes a field out. `subresource` may be `status` or `scale`. */
  patch(reference: Reference, change: Fields, subresource?: string): Promise<KubeObject>;
  /** Asks for the deletion; what is not there counts as deleted. `force` gives a pod no time to end. */
  delete(reference: Reference, options?: { readonly force?: boolean }): Promise<void>;
  /**
   * Waits, by a watch, until the object is as `predicate` wants it (`undefined`: not there); survives restarts of the server.
   * @returns the object as it was then.
   * @throws Error with the object's last state when that takes longer than `timeoutMs` (two minutes).
   */
  until<Result extends KubeObject | undefined = KubeObject>(
    reference: Reference,
    predicate: (object: KubeObject | undefined) => boolean,
    options?: WatchOptions,
  ): Promise<Result>;
  /** The same for all objects of a selection. */
  untilAll(
    selection: Selection,
    predicate: (objects: readonly KubeObject[]) => boolean,
    options?: WatchOptions,
  ): Promise<KubeObject[]>;
  podLog(options: LogOptions): Promise<string>;
  /** Whatever else the API has. */
  request(request: KubeRequest): Promise<unknown>;
  readonly connection: KubeConnection;
  close(): void;
}

/** Under this name the API server remembers what tests applied. */
const fieldManager = 'test';

export function createKubeClient(options: ConnectionOptions): KubeClient {
  const connection = connect(options);
  const paths = createPaths(connection);
  const read = async (reference: Reference): Promise<KubeObject> =>
    (await connection.json({ path: await paths.object(reference) })) as KubeObject;
  const find = async (reference: Reference): Promise<KubeObject | undefined> => {
    try {
      return await read(reference);
    } catch (error) {
      if (error instanceof KubeError && error.code === 404) return undefined;
      throw error;
    }
  };
  const select = async ({ kind, namespace, labels, fields }: Selection): Promise<KubeRequest> => ({
    path: await paths.collection(kind, namespace),
    query: { labelSelector: labels, fieldSelector: fields },
  });
  return {
    connection,
    find,
    get: read,
    close: () => connection.close(),
    request: (request) => connection.json(request),
    async apply(...objects) {
      const applied: KubeObject[] = [];
      for (const object of objects) {
        const path = await paths.object(referenceOf(object));
        const query = { fieldManager, force: 'true' };
        const sent = {
          method: 'PATCH',
          path,
          query,
          body: object,
          contentType: 'application/apply-patch+yaml',
        } as const;
        applied.push((await connection.json(sent)) as KubeObject);
      }
      return applied;
    },
    async create(object) {
      const path = await paths.collection(object, object.metadata.namespace);
      return (await connection.json({ method: 'POST', path, query: { fieldManager }, body: object })) as KubeObject;
    },
    async list(selection) {
      const { apiVersion, kind } = groupKind(selection.kind);
      const { items } = (await connection.json(await select(selection))) as { items: KubeObject[] };
      return items.map((item) => ({ ...item, apiVersion, kind }));
    },
    async patch(reference, change, subresource) {
      const path = await paths.object(reference, subresource);
      const contentType = 'application/merge-patch+json';
      return (await connection.json({ method: 'PATCH', path, body: change, contentType })) as KubeObject;
    },
    async delete(reference, { force = false } = {}) {
      const body = { propagationPolicy: 'Background', ...(force ? { gracePeriodSeconds: 0 } : {}) };
      try {
        await connection.json({ method: 'DELETE', path: await paths.object(reference), body });
      } catch (error) {
        if (!(error instanceof KubeError && error.code === 404)) throw error;
      }
    },
    async until<Result extends KubeObject | undefined>(
      reference: Reference,
      predicate: (object: KubeObject | undefined) => boolean,
      watch: WatchOptions = {},
    ) {
      const one = { ...reference, fields: `metadata.name=${reference.name}` };
      const what = `${groupKind(reference.kind).kind} ${[reference.namespace, reference.name].filter(Boolean).join('/')}`;
      const found = await watchUntil(
        connection,
        () => select(one),
        ([object]) => predicate(object),
        { what, ...watch },
      );
      return found[0] as Result;
    },
    async untilAll(selection, predicate, watch = {}) {
      const what = `every ${groupKind(selection.kind).kind} of ${selection.namespace ?? 'all namespaces'}`;
      return watchUntil(connection, () => select(selection), predicate, { what, ...watch });
    },
    podLog({ namespace, pod, container, previous, tailLines }) {
      const query = { container, previous: previous === true ? 'true' : undefined, tailLines: tailLines?.toString() };
      return connection.text({ path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`, query });
    },
  };
}
