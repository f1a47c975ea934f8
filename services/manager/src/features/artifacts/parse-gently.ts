import type { ArtifactFile } from '@release-manager/domain';
import { manifestLimits, parseManifests, type ParsedFile, type ParsedManifests } from '@release-manager/manifests';

/**
 * `parseManifests`, file by file with a pause after each: hostile YAML costs up to a second per megabyte, and requests are
 * answered by the same thread. The limits of an environment as a whole are judged as there.
 */
export async function parseGently(
  files: readonly ArtifactFile[],
  breathe: () => Promise<void>,
): Promise<ParsedManifests> {
  const bytes = files.reduce((sum, file) => sum + file.content.byteLength, 0);
  // Refused as a whole, before anything is parsed.
  if (files.length > manifestLimits.files || bytes > manifestLimits.totalBytes) return parseManifests(files);
  const parsed: ParsedFile[] = [];
  let objects = 0;
  for (const file of files) {
    const next = parseManifests([file]);
    parsed.push(...next.files);
    objects += next.files.reduce((sum, { objects: found }) => sum + found.length, 0);
    if (next.files.length === 0 || objects > manifestLimits.objects)
      return { files: [], problems: next.files.length === 0 ? next.problems : [tooManyObjects(file.path)] };
    await breathe();
  }
  return { files: parsed, problems: parsed.flatMap(({ problems }) => problems) };
}

function tooManyObjects(file: string) {
  const message = `The environment has more than ${manifestLimits.objects} objects.`;
  return { file, line: 1, rule: 'manifest.environment-size', message, next: 'Split the service.' };
}
