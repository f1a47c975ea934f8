import type { IncomingMessage } from 'node:http';

import { AppError } from '@release-manager/domain';

import { fieldOwners, fieldsAt, integerAt, isFields, listAt, textAt, type Fields } from '../objects/index.ts';
import { apiError } from './api-error.ts';
import { readLines } from './json-lines.ts';
import { readText, type Transport, type TransportRequest } from './transport.ts';

type Query = NonNullable<TransportRequest['query']>;

/** A piece of a list. */
export interface ListPage {
  readonly items: readonly Fields[];
  /** Of the whole list: the same on each of its pages. */
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly next: string | undefined;
}

const eventTypes = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const;

export interface WatchEvent {
  readonly type: (typeof eventTypes)[number];
  readonly object: Fields;
}

export interface WatchOptions {
  readonly query: Query;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silenceMs: number;
}

/** What the daemon asks of an API server. Of `managedFields`, which are half of the bytes of an object, little is left. */
export interface ApiClient {
  get(path: string, signal: AbortSignal): Promise<Fields>;
  list(path: string, query: Query, signal: AbortSignal): Promise<ListPage>;
  /** Ends when the server ends it. @throws ApiError for an ERROR event too, with the status in it. */
  watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent>;
  /** Text of at most so many bytes, from its beginning. */
  text(path: string, query: Query, options: { readonly signal: AbortSignal; readonly most: number }): Promise<string>;
  close(): void;
}

/** A page of 250 pods is 2 MB; more than this no page of ours has. */
const largestAnswer = 256 * 1024 * 1024;

export function createApiClient(transport: Transport): ApiClient {
  const json = async (path: string, query: Query, signal: AbortSignal): Promise<Fields> => {
    const answer = await transport.get({ path, query, signal });
    const parsed: unknown = JSON.parse(await readText(answer, largestAnswer));
    if (!isFields(parsed)) throw new AppError('unavailable', 'kubernetes.answer', `${path} answered with no object.`);
    return parsed;
  };
  return {
    get: async (path, signal) => strip(await json(path, {}, signal)),
    async list(path, query, signal) {
      const list = await json(path, query, signal);
      return {
        items: listAt(list, 'items').map((item) => strip(item)),
        resourceVersion: textAt(list, 'metadata', 'resourceVersion') ?? '',
        next: textAt(list, 'metadata', 'continue'),
      };
    },
    async *watch(path, { query, signal, silenceMs }) {
      const answer = await transport.get({ path, query: { ...query, watch: true }, signal });
      try {
        for await (const line of readLines(noticeSilence(answer, silenceMs))) {
          const event = watchEvent(line);
          if (event !== undefined) yield event;
        }
      } finally {
        answer.destroy();
      }
    },
    async text(path, query, { signal, most }) {
      return readText(await transport.get({ path, query, signal, accept: '*/*' }), most);
    },
    close: () => transport.close(),
  };
}

/** A peer that vanished sends no end: without a timer its watch would be silent for ever. */
async function* noticeSilence(answer: IncomingMessage, silenceMs: number): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => {
    answer.destroy(new AppError('unavailable', 'kubernetes.silent', `The watch was silent for ${silenceMs / 1000} s.`));
  }, silenceMs);
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
  }
}

function watchEvent(line: string): WatchEvent | undefined {
  const event: unknown = JSON.parse(line);
  if (!isFields(event)) return undefined;
  const type = textAt(event, 'type');
  const object = fieldsAt(event, 'object');
  if (type === 'ERROR') throw apiError(integerAt(object, 'code') ?? 500, object, retryAfterSeconds(object));
  const known = eventTypes.find((one) => one === type);
  return known === undefined ? undefined : { type: known, object: strip(object) };
}

function retryAfterSeconds(status: Fields): number | undefined {
  const seconds = integerAt(status, 'details', 'retryAfterSeconds');
  return seconds === undefined ? undefined : seconds * 1000;
}

/** The object with what is kept of `managedFields`: who scales it, and who set the few fields that a release is known by. */
function strip(object: Fields): Fields {
  const metadata = fieldsAt(object, 'metadata');
  const owners = fieldOwners(metadata);
  return owners === undefined ? object : { ...object, metadata: { ...metadata, managedFields: owners } };
}
