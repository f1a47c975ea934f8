import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, type InputType, type ZlibOptions } from 'node:zlib';

import { refuse } from './zip-entry.ts';
import type { PlacedEntry } from './zip-layout.ts';

interface Inflated {
  readonly buffer: Buffer;
  /** Tells how many packed bytes were used. */
  readonly engine: { readonly bytesWritten: number };
}

/** With `info: true` the result is not the buffer that the types promise. */
const inflate = promisify(inflateRaw) as unknown as (input: InputType, options: ZlibOptions) => Promise<Inflated>;

/**
 * Unpacks one file, off the event loop, and never to more than its declared size, which the limits have allowed before.
 * @throws AppError invalid `archive.<rule>`
 */
export async function unpackEntry(zip: Buffer, entry: PlacedEntry): Promise<Buffer> {
  const packed = zip.subarray(entry.contentStart, entry.contentStart + entry.packedSize);
  const content = entry.method === 'store' ? await copied(packed) : await inflated(packed, entry);
  if (content.length !== entry.size) throw refuse('size-mismatch', entry.path, 'has another size than it declares');
  if (crc32(content) !== entry.crc32)
    throw refuse('checksum', entry.path, 'does not have the checksum that it declares');
  return content;
}

/** A copy, so that one small file does not keep a whole archive in memory; and a turn for everybody else in between. */
async function copied(packed: Buffer): Promise<Buffer> {
  await setImmediate();
  return Buffer.from(packed);
}

async function inflated(packed: Buffer, entry: PlacedEntry): Promise<Buffer> {
  try {
    const result = await inflate(packed, { info: true, maxOutputLength: Math.max(1, entry.size) });
    if (result.engine.bytesWritten === packed.length) return result.buffer;
  } catch (error) {
    if (error instanceof RangeError)
      throw refuse('size-mismatch', entry.path, 'unpacks to more than it declares', error);
    throw refuse('damaged', entry.path, 'cannot be unpacked', error);
  }
  throw refuse('hidden-data', entry.path, 'holds bytes after the end of its content');
}
