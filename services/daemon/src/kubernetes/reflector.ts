import { setTimeout as wait } from 'node:timers/promises';

import { messageOf } from '@release-manager/domain';
import { backoff, type Logger } from '@release-manager/runtime';

import { resourcePath, textAt, type Fields, type ResourceType } from '../objects/index.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError, statusOf } from './api-error.ts';

/** A list that was read to its end. */
export interface CompleteList {
  readonly resourceVersion: string;
  readonly uids: readonly string[];
}

/** What the owner of a reflector wants to know. Called in the order of the API server, never two at once. */
export interface ReflectorHandler {
  /** An object that exists, from a list or a watch; each list brings all of them again. */
  seen(object: Fields): void;
  /** An object that was deleted, or that the selector no longer meets, as it was last. */
  deleted(object: Fields): void;
  /** An object that was there before and is not in a new list: its deletion was missed. */
  missing(uid: string): void;
  listed(list: CompleteList): void;
}

export interface ReflectorOptions {
  readonly client: ApiClient;
  readonly type: ResourceType;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly handler: ReflectorHandler;
  readonly logger: Logger;
  /** Called when the state changed. */
  readonly onState?: () => void;
  /** False: what comes is handed on and not remembered; then nothing is ever `missing`. */
  readonly remember?: boolean;
  readonly timing?: Partial<ReflectorTiming>;
}

export interface ReflectorTiming {
  /** First and longest pause between tries, in milliseconds. */
  readonly base: number;
  readonly cap: number;
  /** Pause before a kind that is absent or forbidden is tried again. */
  readonly probeMs: number;
  readonly silenceMs: number;
  readonly watchSeconds: number;
  readonly random: () => number;
}

/** The API server sends a bookmark about once a minute, so 100 s without a byte mean that nobody is there any more. */
const usualTiming: ReflectorTiming = {
  base: 500,
  // Not longer: one daemon is no crowd, and after a restart of the API server people wait for its first words.
  cap: 5_000,
  probeMs: 60_000,
  silenceMs: 100_000,
  watchSeconds: 290,
  random: Math.random,
};

/** Parsed, a page of 100 pods takes some 3 MB. */
const pageSize = 100;
/** After so many failed watches from one version the list is read again, whatever the errors said. */
const patience = 6;

/** `absent`: the API server knows no such kind, which may be installed later. */
export type ReflectorState =
  | { readonly name: 'starting' | 'following' | 'interrupted' | 'absent' }
  | { readonly name: 'forbidden'; readonly why: string };

/**
 * Follows all objects of a kind: a list in pages, then a watch from its version, again from the last version seen whenever
 * the watch ends, and a new list when that version is too old. Nothing is kept but uids.
 */
export class Reflector {
  #state: ReflectorState = { name: 'starting' };
  #known = new Set<string>();
  #version: string | undefined;
  #preferred: string;
  #failures = 0;
  /** Aborted to end the list or watch that is under way. */
  #round = new AbortController();
  readonly #stop = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  readonly #options: ReflectorOptions;
  readonly #timing: ReflectorTiming;
  readonly #done: Promise<void>;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#timing = { ...usualTiming, ...options.timing };
    this.#preferred = options.type.versions[0];
    this.#done = this.#run();
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Settles after the first complete list, or when it is known that there is none to be had. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Reads everything anew, as after a list that came too late. */
  relist(): void {
    this.#version = undefined;
    this.#round.abort(new Error('everything is listed again'));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the daemon stops'));
    this.#round.abort(this.#stop.signal.reason);
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#round = new AbortController();
      try {
        await this.#listAndWatch(this.#round.signal);
      } catch (error) {
        // Asked to begin a new round: the error is only how the old one ended.
        if (this.#round.signal.aborted) continue;
        await this.#pause(this.#delayAfter(error));
      }
    }
    this.#settled.resolve();
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    this.#version ??= await this.#list(signal);
    this.#become({ name: 'following' });
    this.#settled.resolve();
    const started = performance.now();
    const events = await this.#watch(signal);
    if (events > 0 || performance.now() - started > 1_000) this.#failures = 0;
    // A proxy that closes each watch at once would otherwise be asked without end.
    else await this.#pause(this.#backoff());
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, handler, remember = true } = this.#options;
    const found = new Set<string>();
    let resourceVersion = '';
    let next: string | undefined;
    do {
      const page = await client.list(this.#path(), { ...this.#selectors(), limit: pageSize, continue: next }, signal);
      for (const object of page.items) {
        found.add(uidOf(object));
        handler.seen(this.#complete(object));
      }
      ({ resourceVersion, next } = page);
    } while (next !== undefined);
    for (const uid of this.#known) if (!found.has(uid)) handler.missing(uid);
    if (remember) this.#known = found;
    handler.listed({ resourceVersion, uids: [...found] });
    return resourceVersion;
  }

  async #watch(signal: AbortSignal): Promise<number> {
    const { client, handler, remember = true } = this.#options;
    const { watchSeconds, silenceMs, random } = this.#timing;
    const query = {
      ...this.#selectors(),
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      // Not all at the same moment.
      timeoutSeconds: Math.round(watchSeconds * (0.9 + 0.2 * random())),
    };
    let events = 0;
    for await (const { type, object } of client.watch(this.#path(), { query, signal, silenceMs })) {
      events += 1;
      const uid = uidOf(object);
      if (type === 'DELETED') {
        this.#known.delete(uid);
        handler.deleted(this.#complete(object));
      } else if (type !== 'BOOKMARK') {
        if (remember) this.#known.add(uid);
        handler.seen(this.#complete(object));
      }
      // Whoever was told may have asked for a new list.
      signal.throwIfAborted();
      this.#version = textAt(object, 'metadata', 'resourceVersion') ?? this.#version;
    }
    return events;
  }

  /** Milliseconds until the next try; also decides whether that one begins with a list. */
  #delayAfter(error: unknown): number {
    const { type, logger } = this.#options;
    const status = statusOf(error);
    const fields = { kind: type.kind, namespace: this.#options.namespace, error: messageOf(error) };
    if (status === 410 || isTooNew(error)) {
      this.#version = undefined;
      this.#become({ name: 'interrupted' });
      logger.info('the version is too old: everything is listed again', fields);
      // At once, unless a new list is refused the same way.
      return this.#failures++ === 0 ? 0 : this.#backoff();
    }
    if (status === 404 || status === 403) return this.#unavailable(error, status);
    if (this.#state.name === 'following') this.#become({ name: 'interrupted' });
    const asked = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
    const delay = Math.max(Math.min(asked, 5 * 60_000), this.#backoff());
    if (this.#failures > patience) this.#version = undefined;
    logger.warn('the API server could not be followed', { ...fields, retryInSeconds: delay / 1000 });
    return delay;
  }

  #unavailable(error: unknown, status: 403 | 404): number {
    const { type, logger } = this.#options;
    this.#version = undefined;
    const versions: readonly string[] = type.versions;
    const another = versions[versions.indexOf(this.#preferred) + 1];
    if (status === 404 && another !== undefined) {
      this.#preferred = another;
      return 0;
    }
    this.#preferred = type.versions[0];
    const before = this.#state.name;
    this.#become(status === 403 ? { name: 'forbidden', why: messageOf(error) } : { name: 'absent' });
    if (before !== this.#state.name) logger.info('a kind is not watched', { kind: type.kind, why: messageOf(error) });
    // Whoever kept such objects knows now that there are none, or none to be seen.
    this.#known.clear();
    this.#settled.resolve();
    return this.#timing.probeMs * (0.9 + 0.2 * this.#timing.random());
  }

  #backoff(): number {
    this.#failures += 1;
    return backoff(this.#failures, this.#timing);
  }

  #become(state: ReflectorState): void {
    if (state.name === this.#state.name) return;
    this.#state = state;
    this.#options.onState?.();
  }

  async #pause(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, { signal: this.#round.signal }).catch(() => undefined);
  }

  #path(): string {
    return resourcePath(this.#options.type, { version: this.#preferred, namespace: this.#options.namespace });
  }

  #selectors(): { labelSelector: string | undefined; fieldSelector: string | undefined } {
    return { labelSelector: this.#options.labelSelector, fieldSelector: this.#options.fieldSelector };
  }

  /** Items of a list come without their kind. */
  #complete(object: Fields): Fields {
    const { group, kind } = this.#options.type;
    return { ...object, kind, apiVersion: group === '' ? this.#preferred : `${group}/${this.#preferred}` };
  }
}

function uidOf(object: Fields): string {
  return textAt(object, 'metadata', 'uid') ?? '';
}

/** A server whose data is older than what was seen before, as after a restored etcd. */
function isTooNew(error: unknown): boolean {
  return statusOf(error) === 504 && messageOf(error).includes('Too large resource version');
}
