import { buffer } from 'node:stream/consumers';

import type { ArtifactFile } from '@release-manager/domain';
import { ZipFile } from 'yazl';

import { defaultArchiveLimits, type ArchiveLimits } from './archive-limits.ts';
import { EntryNames } from './entry-names.ts';
import { assertEntryCount, assertFileSize, assertTotalSize, assertZipSize } from './size-rules.ts';

/**
 * Packs the files as an artifact's zip: the same bytes for the same files, on any machine, in any time zone and whatever the
 * order they are given in. The files are stored, not deflated, because deflated bytes differ between versions and processors.
 * What `readArchive` would refuse is refused here, before anything is uploaded.
 * @throws AppError invalid `archive.<rule>`, details `{ rule, file? }`
 */
export async function writeArchive(
  files: readonly ArtifactFile[],
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<Buffer> {
  assertWritable(files, limits);
  const zip = new ZipFile();
  for (const { path, content } of inPathOrder(files)) {
    zip.addBuffer(Buffer.from(content.buffer, content.byteOffset, content.byteLength), path, {
      // The format keeps local time: noon of the first day it knows, read from local time, is the same everywhere.
      mtime: new Date(1980, 0, 1, 12),
      forceDosTimestamp: true,
      mode: 0o100644,
      compress: false,
    });
  }
  zip.end();
  const packed = await buffer(zip.outputStream);
  assertZipSize(packed.length, limits);
  return packed;
}

function assertWritable(files: readonly ArtifactFile[], limits: ArchiveLimits): void {
  assertEntryCount(files.length, limits);
  const names = new EntryNames();
  let total = 0;
  for (const { path, content } of files) {
    names.add(path, 'file');
    assertFileSize(path, content.byteLength, limits);
    total += content.byteLength;
    assertTotalSize(total, limits);
  }
}

/** By the UTF-8 bytes of the path, as the artifact id counts them. */
function inPathOrder(files: readonly ArtifactFile[]): readonly ArtifactFile[] {
  return files
    .map((file) => ({ file, bytes: Buffer.from(file.path, 'utf8') }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ file }) => file);
}
