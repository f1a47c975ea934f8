import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

import { AppError, messageOf } from '@release-manager/domain';

import { decodeRecord, encodeRecord, type OutboxRecord } from './record.ts';

export interface StoredRecord {
  readonly record: OutboxRecord;
  readonly offset: number;
  readonly length: number;
}

/** A file of records, only ever appended to. */
export class Segment {
  readonly number: number;
  readonly path: string;
  readonly #file: number;
  #size: number;
  #dirty = false;

  constructor(path: string, number: number) {
    this.path = path;
    this.number = number;
    this.#file = openSync(path, 'a+', 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * When it returns, the record survives the end of this process; the end of the machine only after `sync`.
   * @throws AppError unavailable `outbox.disk`; then the file is as it was.
   */
  append(record: OutboxRecord): { offset: number; length: number } {
    const bytes = encodeRecord(record);
    const offset = this.#size;
    try {
      this.#dirty = true;
      let written = 0;
      while (written < bytes.byteLength) written += writeSync(this.#file, bytes, written);
    } catch (error) {
      // A part of the line may be there: taking it away needs no space.
      ftruncateSync(this.#file, offset);
      throw new AppError('unavailable', 'outbox.disk', `The outbox cannot be written: ${messageOf(error)}.`, {
        next: 'make room in DATA_DIR; everything is told again as soon as there is some',
        cause: error,
      });
    }
    this.#size += bytes.byteLength;
    return { offset, length: bytes.byteLength };
  }

  sync(): void {
    if (!this.#dirty) return;
    fsyncSync(this.#file);
    this.#dirty = false;
  }

  /** The record at a place that `append` or `readAll` named; nothing where the disk gives back something else. */
  read(offset: number, length: number): OutboxRecord | undefined {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, offset);
    return decodeRecord(bytes.subarray(0, -1));
  }

  /**
   * Every whole record. A line that was cut off at the end, as by kill -9, is taken away.
   * @returns damaged: true when a line was wrong that others follow.
   */
  readAll(): { readonly records: readonly StoredRecord[]; readonly damaged: boolean } {
    const content = readFileSync(this.path);
    const records: StoredRecord[] = [];
    let offset = 0;
    let damaged = false;
    for (let end = content.indexOf(10); end !== -1; end = content.indexOf(10, offset)) {
      const record = decodeRecord(content.subarray(offset, end));
      const length = end + 1 - offset;
      if (record === undefined) damaged = true;
      else records.push({ record, offset, length });
      offset = end + 1;
    }
    if (offset < content.byteLength) {
      ftruncateSync(this.#file, offset);
      this.#size = offset;
    }
    return { records, damaged };
  }

  close(): void {
    closeSync(this.#file);
  }
}
