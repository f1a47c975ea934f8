import { AppError } from '@release-manager/domain';
import { fromBufferPromise, type ZipFile } from 'yauzl';

import type { ArchiveLimits } from './archive-limits.ts';
import { EntryNames } from './entry-names.ts';
import { assertEntryCount, assertFileSize, assertTotalSize } from './size-rules.ts';
import { damagedDirectory, readZipEnding, type ZipEnding } from './zip-ending.ts';
import { parseZipEntry, type ZipEntry } from './zip-entry.ts';

export interface ZipDirectory {
  readonly file: ZipFile;
  readonly ending: ZipEnding;
  readonly entries: readonly ZipEntry[];
}

const headerSize = 46;

/**
 * Reads the central directory and judges every name and every size it declares before anything is unpacked. The library reads
 * each entry in a turn of its own, so that others are served in between.
 * @throws AppError invalid `archive.<rule>`
 */
export async function readZipDirectory(zip: Buffer, limits: ArchiveLimits): Promise<ZipDirectory> {
  const ending = readZipEnding(zip);
  assertEntryCount(ending.entries, limits);
  try {
    // Names stay bytes: the library would drop or rewrite some of what the rules must see.
    const file = await fromBufferPromise(zip, { lazyEntries: true, decodeStrings: false, validateEntrySizes: false });
    return { file, ending, entries: await readEntries(file, ending, limits) };
  } catch (error) {
    throw error instanceof AppError ? error : damagedDirectory(error);
  }
}

async function readEntries(file: ZipFile, ending: ZipEnding, limits: ArchiveLimits): Promise<readonly ZipEntry[]> {
  const entries: ZipEntry[] = [];
  const names = new EntryNames();
  let end = ending.directoryStart;
  let total = 0;
  for await (const raw of file.eachEntry()) {
    const entry = parseZipEntry(raw);
    end += headerSize + raw.fileNameLength + raw.extraFieldLength + raw.fileCommentLength;
    names.add(entry.path, entry.kind);
    assertFileSize(entry.path, entry.size, limits);
    total += entry.size;
    assertTotalSize(total, limits);
    entries.push(entry);
  }
  if (end !== ending.directoryEnd) throw damagedDirectory();
  return entries;
}
