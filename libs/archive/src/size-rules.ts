import { archiveError, quoted } from './archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';

export function assertZipSize(bytes: number, limits: ArchiveLimits): void {
  if (bytes <= limits.zipBytes) return;
  throw archiveError({
    rule: 'zip-too-large',
    message: `The archive has ${bytes} bytes, and at most ${limits.zipBytes} are taken.`,
  });
}

export function assertEntryCount(entries: number, limits: ArchiveLimits): void {
  if (entries <= limits.entries) return;
  throw archiveError({
    rule: 'too-many-entries',
    message: `The archive has ${entries} entries, and at most ${limits.entries} are taken.`,
  });
}

export function assertFileSize(path: string, bytes: number, limits: ArchiveLimits): void {
  if (bytes <= limits.fileBytes) return;
  throw archiveError({
    rule: 'file-too-large',
    file: path,
    message: `The archive's file ${quoted(path)} has ${bytes} bytes, and at most ${limits.fileBytes} are taken.`,
  });
}

export function assertTotalSize(bytes: number, limits: ArchiveLimits): void {
  if (bytes <= limits.totalBytes) return;
  throw archiveError({
    rule: 'total-too-large',
    message: `The files of the archive have more than the ${limits.totalBytes} bytes that are taken in all.`,
  });
}
