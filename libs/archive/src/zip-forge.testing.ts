import { crc32, deflateRawSync } from 'node:zlib';

/** An entry as an attacker would write it: everything can be said, also what is not true. */
export interface ForgedEntry {
  readonly name: string | Buffer;
  readonly content?: Buffer;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  /** Upper 16 bits of the external attributes: the Unix mode. */
  readonly mode?: number;
  readonly attributes?: number;
  readonly extra?: Buffer;
  readonly crc?: number;
  readonly size?: number;
  readonly packed?: Buffer;
  readonly packedSize?: number;
  /** Of the local header, in the directory. */
  readonly offset?: number;
  /** Another name in the local header than in the directory. */
  readonly localName?: string;
  readonly localSize?: number;
  /** After the content; `true`: the right one, with empty sizes in the local header. */
  readonly descriptor?: Buffer | true;
  /** Before the local header, listed nowhere. */
  readonly gap?: Buffer;
  /** In the directory only: no local header and no content of its own. */
  readonly directoryOnly?: boolean;
}

export interface ForgedEnding {
  readonly entries?: number;
  readonly entriesOnThisDisk?: number;
  readonly disk?: number;
  readonly directorySize?: number;
  readonly directoryStart?: number;
  readonly comment?: Buffer;
  /** Between the directory and the final record, as zip64 has it. */
  readonly before?: Buffer;
}

export const utf8Flag = 0x800;

export function forgeZip(entries: readonly ForgedEntry[], ending: ForgedEnding = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  const put = (part: Buffer): void => {
    parts.push(part);
    position += part.length;
  };
  for (const entry of entries) {
    put(entry.gap ?? Buffer.alloc(0));
    const fields = fieldsOf(entry);
    directory.push(directoryHeader(entry, fields, entry.offset ?? position));
    if (entry.directoryOnly !== true) for (const part of localParts(entry, fields)) put(part);
  }
  const start = position;
  for (const header of directory) put(header);
  const size = position - start;
  put(ending.before ?? Buffer.alloc(0));
  put(endRecord({ entries: entries.length, directorySize: size, directoryStart: start, ...ending }));
  return Buffer.concat(parts);
}

interface Fields {
  readonly name: Buffer;
  readonly extra: Buffer;
  readonly packed: Buffer;
  /** Version needed, flags, method, time, date; the same in both headers. */
  readonly common: Buffer;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
}

function fieldsOf(entry: ForgedEntry): Fields {
  const content = entry.content ?? Buffer.alloc(0);
  const packed = entry.packed ?? (entry.deflate === true ? deflateRawSync(content) : content);
  const name = Buffer.from(entry.name);
  const flags = (entry.flags ?? utf8Flag) | (entry.descriptor === undefined ? 0 : 8);
  return {
    name,
    extra: entry.extra ?? Buffer.alloc(0),
    packed,
    common: words(20, flags, entry.method ?? (entry.deflate === true ? 8 : 0), 0, 33),
    crc: entry.crc ?? crc32(content),
    packedSize: entry.packedSize ?? packed.length,
    size: entry.size ?? content.length,
  };
}

function localParts(entry: ForgedEntry, fields: Fields): readonly Buffer[] {
  const name = entry.localName === undefined ? fields.name : Buffer.from(entry.localName);
  const numbers =
    entry.descriptor === true ? longs(0, 0, 0) : longs(fields.crc, fields.packedSize, entry.localSize ?? fields.size);
  const descriptor =
    entry.descriptor === true ? longs(0x08074b50, fields.crc, fields.packedSize, fields.size) : entry.descriptor;
  return [
    longs(0x04034b50),
    fields.common,
    numbers,
    words(name.length, 0),
    name,
    fields.packed,
    descriptor ?? Buffer.alloc(0),
  ];
}

function directoryHeader(entry: ForgedEntry, fields: Fields, offset: number): Buffer {
  const attributes = entry.attributes ?? (entry.mode ?? 0o100644) * 0x10000;
  return Buffer.concat([
    longs(0x02014b50),
    words((3 << 8) | 20),
    fields.common,
    longs(fields.crc, fields.packedSize, fields.size),
    words(fields.name.length, fields.extra.length, 0, 0, 0),
    longs(attributes, offset),
    fields.name,
    fields.extra,
  ]);
}

function endRecord(ending: ForgedEnding & { entries: number; directorySize: number; directoryStart: number }): Buffer {
  const comment = ending.comment ?? Buffer.alloc(0);
  return Buffer.concat([
    longs(0x06054b50),
    words(ending.disk ?? 0, 0, ending.entriesOnThisDisk ?? ending.entries, ending.entries),
    longs(ending.directorySize, ending.directoryStart),
    words(comment.length),
    comment,
  ]);
}

export function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16LE(value, index * 2));
  return buffer;
}

export function longs(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32LE(value >>> 0, index * 4));
  return buffer;
}
