import type { OtherFacts } from '@release-manager/contract';
import { messageOf } from '@release-manager/domain';
import { backoff, type Logger } from '@release-manager/runtime';

import { PollQueue, type ObjectFinder } from '../kubernetes/index.ts';
import { parseInventoryId, type InventoryObject } from '../objects/index.ts';
import { otherFacts, type InventoryEntry } from '../observe/index.ts';
import type { KustomizationListener, Reporter, ServiceKustomization } from '../track/index.ts';
import { isWorthALook } from './watched-kinds.ts';

export interface OthersOptions {
  readonly finder: ObjectFinder;
  readonly reporter: Reporter;
  readonly logger: Logger;
  /** Milliseconds between two looks, at first and at most, and after how many looks there are no more until the next apply. */
  readonly timing?: { readonly base: number; readonly cap: number; readonly looks: number };
}

interface Watched {
  readonly wanted: InventoryObject;
  readonly version: string;
  readonly service: string;
  looks: number;
  last: OtherFacts | undefined;
}

interface Applied {
  readonly revision: string;
  readonly ids: ReadonlySet<string>;
}

/** Half an hour: 1, 2, 4 … 60 seconds apart. */
const usual = { base: 1_000, cap: 60_000, looks: 36 };

/**
 * Objects of other kinds that a release brought, such as custom resources with conditions. Nobody may watch kinds that are
 * not known beforehand, so that each is looked at from time to time while it is young: after each apply, ever less often.
 */
export class Others implements KustomizationListener {
  readonly #options: OthersOptions;
  readonly #timing: typeof usual;
  readonly #applied = new Map<string, Applied>();
  readonly #watched = new Map<string, Watched>();
  readonly #queue: PollQueue<string>;

  constructor(options: OthersOptions) {
    this.#options = options;
    this.#timing = { ...usual, ...options.timing };
    this.#queue = new PollQueue({
      concurrency: 3,
      work: (id, signal) => this.#look(id, signal),
      onError: (id, error) => this.#failed(id, error),
    });
  }

  seen({ facts, service, inventory }: ServiceKustomization): void {
    const { uid } = facts.object;
    const before = this.#applied.get(uid);
    const revision = `${facts.lastAppliedRevision ?? ''} ${facts.lastAttemptedRevision ?? ''}`;
    if (before?.revision === revision && before.ids.size === inventory.length) return;
    for (const entry of inventory) this.#watch(entry, service);
    const ids = new Set(inventory.map(({ id }) => id));
    this.#applied.set(uid, { revision, ids });
    this.#lookAgain([...(before?.ids ?? [])].filter((id) => !ids.has(id)));
  }

  gone(uid: string): void {
    this.#lookAgain([...(this.#applied.get(uid)?.ids ?? [])]);
    this.#applied.delete(uid);
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  #watch({ id, version }: InventoryEntry, service: string): void {
    const wanted = parseInventoryId(id);
    if (wanted === undefined || !isWorthALook(wanted)) return;
    this.#watched.set(id, { wanted, version, service, looks: 0, last: this.#watched.get(id)?.last });
    this.#queue.schedule(id, 0);
  }

  /** What is applied no more is pruned: a few looks see that it is gone. */
  #lookAgain(ids: readonly string[]): void {
    for (const id of ids) {
      const watched = this.#watched.get(id);
      if (watched === undefined) continue;
      watched.looks = 0;
      this.#queue.schedule(id, this.#timing.base);
    }
  }

  async #look(id: string, signal: AbortSignal): Promise<number | undefined> {
    const watched = this.#watched.get(id);
    if (watched === undefined) return undefined;
    const found = await this.#options.finder.find(watched.wanted, watched.version, signal);
    watched.looks += 1;
    if (found.state === 'there') {
      const facts = otherFacts(found.object, watched.service);
      if (watched.last !== undefined && watched.last.object.uid !== facts.object.uid) this.#tellGone(watched.last);
      watched.last = facts;
      this.#options.reporter.publish(facts);
    } else if (found.state === 'gone' && watched.last !== undefined) {
      this.#tellGone(watched.last);
      watched.last = undefined;
    }
    const next = this.#next(watched);
    // One that is there may leave the inventory later; then its end is told.
    if (next === undefined && watched.last === undefined) this.#watched.delete(id);
    return next;
  }

  #tellGone(last: OtherFacts): void {
    this.#options.reporter.publish({ ...last, deleted: true });
    this.#options.reporter.forgetObject(last.object.uid);
  }

  #next({ looks }: Watched): number | undefined {
    const { base, cap, looks: most } = this.#timing;
    return looks < most ? backoff(looks, { base, cap, random: Math.random }) : undefined;
  }

  #failed(id: string, error: unknown): number | undefined {
    const watched = this.#watched.get(id);
    if (watched === undefined) return undefined;
    watched.looks += 1;
    this.#options.logger.info('an object could not be looked at', { id, error: messageOf(error) });
    return this.#next(watched);
  }
}
