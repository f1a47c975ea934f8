import type { ArtifactFile } from '@release-manager/domain';

import { defaultArchiveLimits, type ArchiveLimits } from './archive-limits.ts';
import { unpackEntry } from './entry-content.ts';
import { assertZipSize } from './size-rules.ts';
import { readZipDirectory } from './zip-directory.ts';
import { placeEntries } from './zip-layout.ts';

export interface ArchiveContent {
  /** Every file, in the order of its place in the archive. */
  readonly files: readonly ArtifactFile[];
  /** Environments that have a folder and no file in it: their manifests are missing, which is not "not in this artifact". */
  readonly emptyEnvironments: readonly string[];
}

/**
 * The files of an artifact's zip, which may come from anybody: `artifact.json` and `<environment>/**.yaml|yml`, nothing else.
 * Memory stays below the zip and `limits.totalBytes` together; nothing inside is opened as an archive itself.
 * @throws AppError invalid `archive.<rule>`, details `{ rule, file? }`
 */
export async function readArchive(zip: Buffer, limits: ArchiveLimits = defaultArchiveLimits): Promise<ArtifactFile[]> {
  return [...(await inspectArchive(zip, limits)).files];
}

/** As `readArchive`, and tells the empty folders as well. */
export async function inspectArchive(
  zip: Buffer,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<ArchiveContent> {
  assertZipSize(zip.length, limits);
  const directory = await readZipDirectory(zip, limits);
  const placed = await placeEntries(zip, directory);
  const files: ArtifactFile[] = [];
  for (const entry of placed) {
    const content = await unpackEntry(zip, entry);
    if (entry.kind === 'file') files.push({ path: entry.path, content });
  }
  return { files, emptyEnvironments: emptyEnvironments(directory.entries.map((entry) => entry.path)) };
}

function emptyEnvironments(paths: readonly string[]): readonly string[] {
  const environment = (path: string): string => path.slice(0, path.indexOf('/'));
  const filled = new Set(paths.filter((path) => !path.endsWith('/')).map(environment));
  const folders = new Set(paths.filter((path) => path.endsWith('/')).map(environment));
  return [...folders].filter((name) => !filled.has(name)).toSorted();
}
