import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { batchLimits, type Observation, type SentObservation } from '@release-manager/contract';
import { messageOf, systemClock, type Clock } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';

import { OutboxFolder, syncFolder } from './outbox-folder.ts';
import { Pending, type PendingRecord } from './pending.ts';
import { Segment } from './segment.ts';

export interface OutboxOptions {
  readonly folder: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** A segment that has grown to this is followed by a new one. */
  readonly segmentBytes?: number;
  /** Called when something was put in. */
  readonly onAppend?: () => void;
}

/**
 * What waits to be told to the manager, in order, on disk. A record survives kill -9 from the moment `append` returns, and
 * the end of the machine from the moment it was handed out for sending: a number that the manager has seen is never given
 * to something else. Nothing is forgotten before it was acknowledged, except what a newer observation of the same object
 * says better.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #folder: OutboxFolder;
  readonly #clock: Clock;
  readonly #segmentBytes: number;
  #id: string;
  #segments: Segment[] = [];
  #pending = new Pending();
  #acknowledged = 0;
  #last = 0;

  /** Opens what is there; where it is damaged beyond a cut-off end, what can be read goes into a new outbox. */
  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#segmentBytes = options.segmentBytes ?? 4 * 1024 * 1024;
    this.#folder = new OutboxFolder(options.folder);
    const current = this.#folder.current();
    this.#id = current ?? this.#folder.create();
    this.#folder.turnTo(this.#id);
    if (!this.#load()) {
      options.logger.error('the outbox is damaged: a new one takes over what can be read', { outbox: this.#id });
      this.startOver();
    }
  }

  /** 32 hex digits; another one means another numbering. */
  get id(): string {
    return this.#id;
  }

  /** How many observations wait. */
  get backlog(): number {
    return this.#pending.size;
  }

  /** The last sequence of which the manager said that it has it. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The last sequence that was given. */
  get last(): number {
    return this.#last;
  }

  /** @throws AppError unavailable `outbox.disk` when it cannot be written; then nothing was put in. */
  append(observation: Observation): void {
    const record = { sequence: this.#last + 1, seenAt: this.#clock.now().toISOString(), observation };
    const segment = this.#writable();
    const place = segment.append(record);
    this.#last = record.sequence;
    this.#pending.add({ sequence: record.sequence, segment, ...place }, observation);
    this.#options.onAppend?.();
  }

  /** The oldest ones that wait, no more than fit into a batch; from now on they survive the end of the machine too. */
  next(most: number = batchLimits.observations): SentObservation[] {
    for (const segment of this.#segments) segment.sync();
    const batch: SentObservation[] = [];
    const unreadable: number[] = [];
    let bytes = 0;
    for (const waiting of this.#pending.values()) {
      bytes += waiting.length;
      if (batch.length >= most || (batch.length > 0 && bytes > batchLimits.bytes)) break;
      const record = waiting.segment.read(waiting.offset, waiting.length);
      if (record === undefined) unreadable.push(waiting.sequence);
      else batch.push(record);
    }
    for (const sequence of unreadable) this.discard(sequence, 'it cannot be read back from the disk');
    return batch;
  }

  /** The manager keeps everything up to this sequence now. */
  acknowledge(sequence: number): void {
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    this.#pending.removeUpTo(sequence);
    const [oldest] = this.#pending.values();
    const done = this.#segments.filter((segment) => segment.number < (oldest?.segment.number ?? Infinity));
    // The one that is written to stays, unless it is full.
    const removable = done.filter((segment) => segment !== this.#segments.at(-1) || segment.size > this.#segmentBytes);
    this.#folder.setAcknowledged(this.#id, sequence, removable.length > 0);
    this.#remove(removable);
    this.#compactIfWorthwhile();
  }

  /** Takes one out that nobody will ever take. */
  discard(sequence: number, why: string): void {
    this.#options.logger.error('an observation is left out', { sequence, why });
    this.#pending.remove(sequence);
  }

  /**
   * A new outbox with a numbering of its own takes over what waits. For a manager that forgot what it was told before:
   * whoever calls this tells everything again afterwards.
   */
  startOver(): void {
    const waiting = [...this.#pending.values()];
    const id = this.#folder.create();
    const segment = new Segment(this.#folder.segmentPath(id, 1), 1);
    const pending = new Pending();
    const last = copy(waiting, { segment, pending, renumber: true });
    segment.sync();
    this.#folder.turnTo(id);
    for (const old of this.#segments) old.close();
    this.#options.logger.warn('a new outbox begins', { outbox: id, before: this.#id, takenOver: pending.size });
    this.#id = id;
    this.#segments = [segment];
    this.#pending = pending;
    this.#acknowledged = 0;
    this.#last = last;
  }

  close(): void {
    for (const segment of this.#segments) {
      segment.sync();
      segment.close();
    }
    this.#segments = [];
  }

  /** @returns false where something is wrong that no crash explains. */
  #load(): boolean {
    this.#acknowledged = this.#folder.acknowledged(this.#id);
    this.#segments = this.#folder
      .segmentNumbers(this.#id)
      .map((number) => new Segment(this.#folder.segmentPath(this.#id, number), number));
    // By sequence: a crash while compacting leaves records in two files.
    const found = new Map<number, { record: PendingRecord; observation: Observation }>();
    let sound = true;
    for (const segment of this.#segments) {
      const { records, damaged } = segment.readAll();
      sound &&= !damaged;
      for (const { record, offset, length } of records) {
        const { sequence, observation } = record;
        found.set(sequence, { record: { sequence, segment, offset, length }, observation });
      }
    }
    this.#last = this.#acknowledged;
    for (const [sequence, { record, observation }] of [...found].toSorted(([a], [b]) => a - b)) {
      this.#last = Math.max(this.#last, sequence);
      if (sequence > this.#acknowledged) this.#pending.add(record, observation);
    }
    return sound;
  }

  #writable(): Segment {
    const current = this.#segments.at(-1);
    if (current !== undefined && current.size < this.#segmentBytes) return current;
    // Also while nobody acknowledges anything: what changes often would fill the disk.
    this.#compactIfWorthwhile();
    const compacted = this.#segments.at(-1);
    return compacted !== undefined && compacted.size < this.#segmentBytes ? compacted : this.#addSegment();
  }

  #addSegment(): Segment {
    this.#segments.at(-1)?.sync();
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const segment = new Segment(this.#folder.segmentPath(this.#id, number), number);
    syncFolder(dirname(segment.path));
    this.#segments.push(segment);
    return segment;
  }

  #remove(segments: readonly Segment[]): void {
    this.#segments = this.#segments.filter((segment) => !segments.includes(segment));
    for (const segment of segments) {
      segment.close();
      rmSync(segment.path, { force: true });
    }
  }

  /** What was superseded or acknowledged behind something that waits is dead weight; most of it goes at once. */
  #compactIfWorthwhile(): void {
    const total = this.#segments.reduce((sum, segment) => sum + segment.size, 0);
    if (total < 4 * this.#segmentBytes || this.#pending.bytes * 4 > total) return;
    const old = [...this.#segments];
    try {
      const segment = this.#addSegment();
      const pending = new Pending();
      copy([...this.#pending.values()], { segment, pending, renumber: false });
      segment.sync();
      this.#folder.setAcknowledged(this.#id, this.#acknowledged, true);
      this.#pending = pending;
      this.#remove(old);
    } catch (error) {
      this.#options.logger.warn('the outbox could not be compacted', { error: messageOf(error) });
    }
  }
}

/** @returns the last sequence. */
function copy(
  waiting: readonly PendingRecord[],
  to: { readonly segment: Segment; readonly pending: Pending; readonly renumber: boolean },
): number {
  let last = 0;
  for (const { segment, offset, length } of waiting) {
    const record = segment.read(offset, length);
    if (record === undefined) continue;
    const sequence = to.renumber ? last + 1 : record.sequence;
    const place = to.segment.append({ ...record, sequence });
    to.pending.add({ sequence, segment: to.segment, ...place }, record.observation);
    last = sequence;
  }
  return last;
}
