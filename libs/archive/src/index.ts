export { defaultArchiveLimits, type ArchiveLimits } from './archive-limits.ts';
export { inspectArchive, readArchive, type ArchiveContent } from './read-archive.ts';
export { writeArchive } from './write-archive.ts';
