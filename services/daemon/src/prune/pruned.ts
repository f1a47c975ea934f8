import type { PruneFacts } from '@release-manager/contract';
import { messageOf } from '@release-manager/domain';
import { backoff, type Logger } from '@release-manager/runtime';

import { PollQueue, type ObjectFinder } from '../kubernetes/index.ts';
import { parseInventoryId } from '../objects/index.ts';
import type { KustomizationListener, Reporter, ServiceKustomization } from '../track/index.ts';
import { judgeEntry, type EntryFate } from './judge-entry.ts';
import { InventoryFolder, type KeptInventory } from './kept-inventory.ts';

export interface PrunedOptions {
  readonly finder: ObjectFinder;
  readonly reporter: Reporter;
  readonly logger: Logger;
  /** Where inventories are kept. */
  readonly folder: string;
  /** Milliseconds between two looks, at first and at most. */
  readonly timing?: { readonly base: number; readonly cap: number };
}

const most = 100;

/**
 * Keeps the last inventory of every Kustomization of a service, and after its deletion looks at each entry until all are
 * gone, belong to another one, or cannot be read.
 */
export class Pruned implements KustomizationListener {
  readonly #options: PrunedOptions;
  readonly #folder: InventoryFolder;
  readonly #kept = new Map<string, KeptInventory>();
  /** By namespace and name, the uid that has it now. */
  readonly #live = new Map<string, string>();
  readonly #attempts = new Map<string, number>();
  readonly #queue: PollQueue<string>;

  constructor(options: PrunedOptions) {
    this.#options = options;
    this.#folder = new InventoryFolder(options.folder);
    for (const kept of this.#folder.readAll()) this.#kept.set(kept.object.uid, kept);
    this.#queue = new PollQueue({
      concurrency: 2,
      work: (uid, signal) => this.#look(uid, signal),
      onError: (uid, error) => this.#failed(uid, error),
    });
  }

  seen({ facts, inventory }: ServiceKustomization): void {
    const { object } = facts;
    this.#live.set(nameOf(object), object.uid);
    // While it is being deleted Flux empties the inventory: the one from before counts.
    if (facts.terminating !== undefined || inventory.length === 0) return;
    const before = this.#kept.get(object.uid);
    if (before !== undefined && isSame(before.entries, inventory)) return;
    this.#keep({ object, entries: [...inventory] });
  }

  gone(uid: string): void {
    const kept = this.#kept.get(uid);
    if (kept === undefined) return;
    if (this.#live.get(nameOf(kept.object)) === uid) this.#live.delete(nameOf(kept.object));
    this.#queue.schedule(uid, 0);
  }

  /** What was deleted while no daemon ran. */
  listed(uids: ReadonlySet<string>, namespace: string | undefined): void {
    for (const [uid, { object }] of this.#kept) {
      if (!uids.has(uid) && (namespace === undefined || object.namespace === namespace)) this.gone(uid);
    }
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  #keep(kept: KeptInventory): void {
    this.#kept.set(kept.object.uid, kept);
    try {
      this.#folder.write(kept);
    } catch (error) {
      this.#options.logger.warn('an inventory cannot be kept', { error: messageOf(error) });
    }
  }

  async #look(uid: string, signal: AbortSignal): Promise<number | undefined> {
    const kept = this.#kept.get(uid);
    if (kept === undefined) return undefined;
    const fates: EntryFate[] = [];
    // One of the same name took everything over.
    const isReplaced = this.#live.has(nameOf(kept.object));
    for (const { id, version } of isReplaced ? [] : kept.entries) {
      const wanted = parseInventoryId(id);
      if (wanted === undefined) continue;
      fates.push(judgeEntry(id, await this.#options.finder.find(wanted, version, signal), kept.object));
    }
    const facts = pruneFacts(kept, fates);
    this.#options.reporter.publish(facts);
    this.#attempts.set(uid, (this.#attempts.get(uid) ?? 0) + 1);
    if (!facts.done) return this.#delay(uid);
    this.#kept.delete(uid);
    this.#attempts.delete(uid);
    this.#folder.remove(uid);
    return undefined;
  }

  #failed(uid: string, error: unknown): number {
    this.#attempts.set(uid, (this.#attempts.get(uid) ?? 0) + 1);
    this.#options.logger.info('a pruned inventory could not be looked at', { error: messageOf(error) });
    return this.#delay(uid);
  }

  #delay(uid: string): number {
    const { base = 500, cap = 60_000 } = this.#options.timing ?? {};
    return backoff(this.#attempts.get(uid) ?? 1, { base, cap, random: Math.random });
  }
}

function pruneFacts({ object, entries }: KeptInventory, fates: readonly EntryFate[]): PruneFacts {
  const remaining = fates.flatMap((one) => (one.fate === 'remaining' ? one.entry : []));
  const unreadable = fates.flatMap((one) => (one.fate === 'unreadable' ? one.id : []));
  return {
    type: 'prune',
    object,
    entries: entries.length,
    remaining: remaining.slice(0, most),
    unreadable: unreadable.slice(0, most),
    done: remaining.length === 0,
  };
}

function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function isSame(a: KeptInventory['entries'], b: ServiceKustomization['inventory']): boolean {
  return (
    a.length === b.length && a.every(({ id, version }, index) => id === b[index]?.id && version === b[index].version)
  );
}
