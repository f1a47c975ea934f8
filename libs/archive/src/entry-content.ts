import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync, type InputType, type ZlibOptions } from 'node:zlib';

import { refuse } from './zip-entry.ts';
import type { PlacedEntry } from './zip-layout.ts';

interface Inflated {
  readonly buffer: Buffer;
  /** Tells how many packed bytes were used. */
  readonly engine: { readonly bytesWritten: number };
}

// With `info: true` the result is not the buffer that the types promise.
const inflate = promisify(inflateRaw) as unknown as (input: InputType, options: ZlibOptions) => Promise<Inflated>;
const inflateAtOnce = inflateRawSync as unknown as (input: InputType, options: ZlibOptions) => Inflated;

/** Up to here unpacking takes less than handing the work to another thread, which thousands of small files would feel. */
const atOnceBytes = 64 * 1024;

/**
 * Unpacks one file, a large one off the event loop, and never to more than its declared size, which the limits have allowed
 * before.
 * @throws AppError invalid `archive.<rule>`
 */
export async function unpackEntry(zip: Buffer, entry: PlacedEntry): Promise<Buffer> {
  // A turn for everybody else between two files.
  await setImmediate();
  const packed = zip.subarray(entry.contentStart, entry.contentStart + entry.packedSize);
  // A copy, so that one small file does not keep a whole archive in memory.
  const content = entry.method === 'store' ? Buffer.from(packed) : await inflated(packed, entry);
  if (content.length !== entry.size) throw refuse('size-mismatch', entry.path, 'has another size than it declares');
  if (crc32(content) !== entry.crc32)
    throw refuse('checksum', entry.path, 'does not have the checksum that it declares');
  return content;
}

async function inflated(packed: Buffer, entry: PlacedEntry): Promise<Buffer> {
  const limit = Math.max(1, entry.size);
  const options = { info: true, maxOutputLength: limit, chunkSize: Math.min(Math.max(64, limit), atOnceBytes) };
  const small = Math.max(packed.length, entry.size) <= atOnceBytes;
  try {
    const result = small ? inflateAtOnce(packed, options) : await inflate(packed, options);
    if (result.engine.bytesWritten === packed.length) return result.buffer;
  } catch (error) {
    if (error instanceof RangeError)
      throw refuse('size-mismatch', entry.path, 'unpacks to more than it declares', error);
    throw refuse('damaged', entry.path, 'cannot be unpacked', error);
  }
  throw refuse('hidden-data', entry.path, 'holds bytes after the end of its content');
}
