/** One copy instruction takes at most this many bytes (three size bytes in git's format). */
const longestCopy = 0xffffff;
const longestInsert = 0x7f;

/**
 * The difference of two versions in git's delta format: their common beginning and end are copied, what lies between is
 * written out. Exactly right for a tree in which one entry changed, and correct, if large, for everything else.
 */
export function encodeDelta(base: Buffer, target: Buffer): Buffer {
  const shorter = Math.min(base.length, target.length);
  let start = 0;
  while (start < shorter && base[start] === target[start]) start += 1;
  let end = 0;
  while (end < shorter - start && base[base.length - 1 - end] === target[target.length - 1 - end]) end += 1;
  const pieces = [sizeBytes(base.length), sizeBytes(target.length)];
  copy(pieces, 0, start);
  insert(pieces, target.subarray(start, target.length - end));
  copy(pieces, base.length - end, end);
  return Buffer.concat(pieces);
}

function sizeBytes(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  do {
    const more = rest >= 0x80 ? 0x80 : 0;
    bytes.push((rest & 0x7f) | more);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

function copy(pieces: Buffer[], offset: number, length: number): void {
  for (let done = 0; done < length; done += longestCopy) {
    const size = Math.min(length - done, longestCopy);
    const values = [
      byteOf(offset + done, 0),
      byteOf(offset + done, 1),
      byteOf(offset + done, 2),
      byteOf(offset + done, 3),
    ];
    values.push(byteOf(size, 0), byteOf(size, 1), byteOf(size, 2));
    // The instruction's bits say which of these bytes follow; the ones that are zero are left out.
    const flags = values.reduce((bits, value, index) => (value === 0 ? bits : bits | (1 << index)), 0x80);
    pieces.push(Buffer.from([flags, ...values.filter((value) => value !== 0)]));
  }
}

function insert(pieces: Buffer[], bytes: Buffer): void {
  for (let done = 0; done < bytes.length; done += longestInsert) {
    const piece = bytes.subarray(done, done + longestInsert);
    pieces.push(Buffer.from([piece.length]), piece);
  }
}

function byteOf(value: number, index: number): number {
  return Math.floor(value / 2 ** (8 * index)) & 0xff;
}
