import { deflateSync } from 'node:zlib';

/** Below this, setting up the compressor costs more than it saves; ids in trees and differences do not compress anyway. */
const tooSmallToCompress = 256;
const smallWindow = 4096;

/** The bytes as a zlib stream, fast rather than small. */
export function compress(content: Uint8Array): Buffer {
  if (content.byteLength <= tooSmallToCompress) return stored(content);
  const chunkSize = Math.max(64, content.byteLength);
  return content.byteLength < smallWindow
    ? deflateSync(content, { level: 1, windowBits: 12, memLevel: 5, chunkSize })
    : deflateSync(content, { level: 1, chunkSize });
}

/** A zlib stream of one uncompressed block: header, final block of type 0, length and its complement, bytes, Adler-32. */
function stored(content: Uint8Array): Buffer {
  const length = content.byteLength;
  const stream = Buffer.allocUnsafe(length + 11);
  stream.writeUInt16BE(0x7801, 0);
  stream.writeUInt8(1, 2);
  stream.writeUInt16LE(length, 3);
  stream.writeUInt16LE(~length & 0xffff, 5);
  stream.set(content, 7);
  stream.writeUInt32BE(adler32(content), length + 7);
  return stream;
}

/** RFC 1950, for at most a few hundred bytes: the sums cannot overflow before the one remainder at the end. */
function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low += byte;
    high += low;
  }
  return (high % 65521) * 65536 + (low % 65521);
}
