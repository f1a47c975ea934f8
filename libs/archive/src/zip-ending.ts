import { archiveError } from './archive-error.ts';

/** Where the central directory lies, as the record at the end of the zip says. */
export interface ZipEnding {
  readonly entries: number;
  readonly directoryStart: number;
  /** First byte after the directory, where the record begins. */
  readonly directoryEnd: number;
}

const recordSize = 22;
const recordSignature = 0x06054b50;
const locatorSize = 20;
const locatorSignature = 0x07064b50;
const longestComment = 0xffff;

/**
 * Reads the end of central directory record (PKWARE APPNOTE 4.3.16). It must be the last thing in the file and the directory
 * must lie directly before it: readers that search for it, or correct offsets by what was prepended, would otherwise see
 * different archives in one file. Nothing here is so large that it needs zip64, which brings a second set of the same fields.
 * @throws AppError invalid `archive.<rule>`
 */
export function readZipEnding(zip: Buffer): ZipEnding {
  const at = zip.length - recordSize;
  if (at < 0 || zip.readUInt32LE(at) !== recordSignature || zip.readUInt16LE(at + 20) !== 0) throw noRecordAtEnd(zip);
  if (at >= locatorSize && zip.readUInt32LE(at - locatorSize) === locatorSignature) throw needlessZip64();
  const disks = [zip.readUInt16LE(at + 4), zip.readUInt16LE(at + 6)];
  const entries = zip.readUInt16LE(at + 10);
  if (disks.some((disk) => disk !== 0) || zip.readUInt16LE(at + 8) !== entries) {
    throw archiveError({ rule: 'multi-disk', message: 'The archive is, or claims to be, one part of several.' });
  }
  const directoryStart = zip.readUInt32LE(at + 16);
  assertAdjoins(directoryStart, zip.readUInt32LE(at + 12), at);
  return { entries, directoryStart, directoryEnd: at };
}

function assertAdjoins(start: number, size: number, recordAt: number): void {
  if (size === 0xffffffff || start === 0xffffffff) throw needlessZip64();
  if (start + size > recordAt) throw damagedDirectory();
  if (start + size === recordAt) return;
  throw archiveError({
    rule: 'prepended-data',
    message: 'The archive holds data before its first entry or after its directory.',
  });
}

export function damagedDirectory(cause?: unknown): Error {
  return archiveError({ rule: 'damaged', message: 'The directory of the archive is damaged.', cause });
}

export function needlessZip64(file?: string): Error {
  return archiveError({
    rule: 'zip64',
    message: 'The archive uses zip64, which nothing of its size needs.',
    next: 'Pack it with release-cli, or without zip64.',
    ...(file === undefined ? {} : { file }),
  });
}

function noRecordAtEnd(zip: Buffer): Error {
  const tail = zip.subarray(Math.max(0, zip.length - recordSize - longestComment));
  if (tail.includes(Buffer.from('PK\u0005\u0006', 'latin1'))) {
    return archiveError({ rule: 'trailing-data', message: 'The archive has a comment, or data after its end.' });
  }
  return archiveError({ rule: 'not-a-zip', message: 'The archive is no zip, or was cut off.' });
}
