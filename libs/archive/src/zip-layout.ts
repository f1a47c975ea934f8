import { AppError } from '@release-manager/domain';
import type { LocalFileHeader, ZipFile } from 'yauzl';

import { archiveError } from './archive-error.ts';
import type { ZipDirectory } from './zip-directory.ts';
import { refuse, type ZipEntry } from './zip-entry.ts';

/** An entry and where its packed bytes begin. */
export interface PlacedEntry extends ZipEntry {
  readonly contentStart: number;
}

const descriptorSignature = 0x08074b50;

/**
 * Finds the content of every entry and proves that the entries, one after another, are the whole file before the directory:
 * nothing overlaps (one small kernel unpacked thousands of times), nothing lies hidden between them, and each local header
 * says what the directory says, so that a reader of local headers sees the same archive.
 * @throws AppError invalid `archive.<rule>`
 */
export async function placeEntries(zip: Buffer, directory: ZipDirectory): Promise<readonly PlacedEntry[]> {
  const placed: PlacedEntry[] = [];
  let end = 0;
  for (const entry of directory.entries.toSorted((a, b) => a.offset - b.offset)) {
    if (entry.offset < end) throw refuse('overlap', entry.path, 'shares bytes with another entry');
    if (entry.offset > end) throw unlistedBytes(end);
    const header = await readLocalHeader(directory.file, entry);
    assertSameHeader(entry, header);
    end = endOf(zip, entry, header.fileDataStart);
    if (end > directory.ending.directoryStart)
      throw refuse('overlap', entry.path, 'reaches into the directory of the archive');
    placed.push({ ...entry, contentStart: header.fileDataStart });
  }
  if (end !== directory.ending.directoryStart) throw unlistedBytes(end);
  return placed;
}

async function readLocalHeader(file: ZipFile, entry: ZipEntry): Promise<LocalFileHeader> {
  try {
    return await file.readLocalFileHeaderPromise(entry.raw);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refuse('damaged', entry.path, 'has no readable header', error);
  }
}

function assertSameHeader(entry: ZipEntry, header: LocalFileHeader): void {
  const { raw } = entry;
  const same =
    header.fileName.equals(raw.fileNameRaw) &&
    header.compressionMethod === raw.compressionMethod &&
    header.generalPurposeBitFlag === raw.generalPurposeBitFlag &&
    sameNumbers(entry, header);
  if (!same)
    throw refuse('header-mismatch', entry.path, 'says one thing in its own header and another in the directory');
}

/** With a descriptor after the content, writers leave the numbers before it empty. */
function sameNumbers(entry: ZipEntry, header: LocalFileHeader): boolean {
  const { crc32, compressedSize, uncompressedSize } = header;
  if (entry.hasDescriptor && crc32 === 0 && compressedSize === 0 && uncompressedSize === 0) return true;
  return crc32 === entry.crc32 && compressedSize === entry.packedSize && uncompressedSize === entry.size;
}

/** The first byte after the entry; its descriptor, with or without the optional signature, must repeat the directory. */
function endOf(zip: Buffer, entry: ZipEntry, contentStart: number): number {
  const end = contentStart + entry.packedSize;
  if (!entry.hasDescriptor) return end;
  const expected = Buffer.alloc(16);
  [descriptorSignature, entry.crc32, entry.packedSize, entry.size].forEach((value, index) =>
    expected.writeUInt32LE(value, index * 4),
  );
  if (zip.subarray(end, end + 16).equals(expected)) return end + 16;
  if (zip.subarray(end, end + 12).equals(expected.subarray(4))) return end + 12;
  throw refuse('header-mismatch', entry.path, 'is followed by other sizes than the directory gives');
}

function unlistedBytes(at: number): Error {
  return at === 0
    ? archiveError({ rule: 'prepended-data', message: 'The archive holds data before its first entry.' })
    : archiveError({ rule: 'hidden-data', message: `The archive holds data that no entry lists, at byte ${at}.` });
}
