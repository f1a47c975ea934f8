import type { ServerResponse } from 'node:http';

import type { ApiPath } from './api-path.ts';
import type { KubeObject } from './kube-object.ts';
import { sendStatus } from './status.ts';

export interface ContainerLog {
  /** Of the container that runs or ended last; absent: it waits to start. */
  readonly current?: string;
  /** Of the one before it; absent: there was none. */
  readonly previous?: string;
}

/** What containers printed, answered by the rules of the kubelet (`validateContainerLogStatus`). */
export class ContainerLogs {
  readonly #logs = new Map<string, ContainerLog>();

  set(namespace: string, pod: string, container: string, log: ContainerLog): void {
    this.#logs.set(`${namespace}/${pod}/${container}`, log);
  }

  answer(response: ServerResponse, path: ApiPath, query: URLSearchParams, pod: KubeObject | undefined): void {
    const { namespace = '', name = '' } = path;
    const container = query.get('container') ?? '';
    if (pod === undefined) {
      sendStatus(response, 404, `pods "${name}" not found`);
      return;
    }
    const log = this.#logs.get(`${namespace}/${name}/${container}`) ?? {};
    const isPrevious = query.get('previous') === 'true';
    const text = isPrevious ? log.previous : log.current;
    if (text === undefined) {
      const why = isPrevious
        ? `previous terminated container "${container}" in pod "${name}" not found`
        : `container "${container}" in pod "${name}" is waiting to start: ContainerCreating`;
      sendStatus(response, 400, why);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(cutLog(text, query));
  }
}

/** The tail first, then the bytes from its beginning, as the kubelet does. */
function cutLog(text: string, query: URLSearchParams): Buffer {
  const tail = Number(query.get('tailLines') ?? 0);
  const lines = text.split(/(?<=\n)/);
  const kept = tail > 0 ? lines.slice(-tail).join('') : text;
  const bytes = Buffer.from(kept);
  const limit = Number(query.get('limitBytes') ?? 0);
  return limit > 0 ? bytes.subarray(0, limit) : bytes;
}
