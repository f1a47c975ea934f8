import type { Observation } from '@release-manager/contract';

import { keyOf } from './record.ts';
import type { Segment } from './segment.ts';

/** Where a record that waits can be read. */
export interface PendingRecord {
  readonly sequence: number;
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
}

interface Entry extends PendingRecord {
  readonly key: string | undefined;
}

/**
 * What cannot be superseded is bounded by number: a manager that is away for weeks must not fill the disk with the warnings
 * of a broken cluster. The oldest go first.
 */
const mostOfType: Readonly<Partial<Record<Observation['type'], number>>> = { warning: 5_000, 'crash-log': 2_000 };

/** The records that wait, in their order, each at most once per key. */
export class Pending {
  readonly #bySequence = new Map<number, Entry>();
  readonly #byKey = new Map<string, number>();
  readonly #bounded = new Map<Observation['type'], number[]>();
  #bytes = 0;

  get size(): number {
    return this.#bySequence.size;
  }

  /** Bytes of the records that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  add(record: PendingRecord, observation: Observation): void {
    const key = keyOf(observation);
    if (key !== undefined) {
      const older = this.#byKey.get(key);
      if (older !== undefined) this.remove(older);
      this.#byKey.set(key, record.sequence);
    }
    this.#bySequence.set(record.sequence, { ...record, key });
    this.#bytes += record.length;
    this.#bound(observation.type, record.sequence);
  }

  remove(sequence: number): void {
    const entry = this.#bySequence.get(sequence);
    if (entry === undefined) return;
    this.#bySequence.delete(sequence);
    this.#bytes -= entry.length;
    if (entry.key !== undefined && this.#byKey.get(entry.key) === sequence) this.#byKey.delete(entry.key);
  }

  /** Takes away everything up to and with this sequence. */
  removeUpTo(sequence: number): void {
    for (const waiting of this.#bySequence.keys()) {
      if (waiting > sequence) return;
      this.remove(waiting);
    }
  }

  /** From the oldest. */
  values(): IterableIterator<PendingRecord> {
    return this.#bySequence.values();
  }

  #bound(type: Observation['type'], sequence: number): void {
    const most = mostOfType[type];
    if (most === undefined) return;
    const all = this.#bounded.get(type) ?? [];
    all.push(sequence);
    this.#bounded.set(type, all);
    if (all.length <= most) return;
    const waiting = all.filter((one) => this.#bySequence.has(one));
    const tooMany = waiting.splice(0, Math.max(0, waiting.length - most + most / 10));
    if (waiting.length + tooMany.length > most) for (const oldest of tooMany) this.remove(oldest);
    else waiting.unshift(...tooMany);
    this.#bounded.set(type, waiting);
  }
}
