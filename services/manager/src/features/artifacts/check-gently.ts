import type { ArtifactFile } from '@release-manager/domain';
import {
  checkManifests,
  countNodes,
  exceededLimit,
  manifestLimits,
  objectKey,
  objectName,
  parseManifests,
  type ManifestCheck,
  type ManifestObject,
  type ManifestProblem,
  type ManifestScope,
  type ParsedManifests,
} from '@release-manager/manifests';

/**
 * `checkManifests` of an environment, file by file: each is parsed, judged and let go, with a pause after it, so that hostile
 * YAML takes the memory and the time of one file at once, and requests are answered in between.
 */
export async function checkGently(
  files: readonly ArtifactFile[],
  scope: ManifestScope,
  breathe: () => Promise<void>,
  nodes: number = manifestLimits.nodes,
): Promise<ManifestCheck> {
  const bytes = files.reduce((sum, file) => sum + file.content.byteLength, 0);
  // Refused as a whole, before anything is parsed.
  if (files.length > manifestLimits.files || bytes > manifestLimits.totalBytes)
    return checkManifests(parseManifests(files), scope);
  const findings = new Findings();
  for (const file of files) {
    const parsed = parseManifests([file]);
    findings.add(parsed, checkManifests(parsed, scope));
    const tooLarge = findings.tooLarge(file.path, nodes);
    if (tooLarge !== undefined) return { objects: [], problems: [tooLarge], warnings: [] };
    await breathe();
  }
  return findings.result(scope);
}

/** What the files hold together: sums, and what can only be seen across them. */
class Findings {
  readonly #objects = new Map<string, ManifestObject>();
  readonly #problems: ManifestProblem[] = [];
  readonly #warnings: ManifestProblem[] = [];
  #count = 0;
  #nodes = 0;

  add(parsed: ParsedManifests, check: ManifestCheck): void {
    for (const { objects } of parsed.files) {
      this.#count += objects.length;
      for (const { map } of objects) this.#nodes += countNodes(map);
    }
    // One file without an object is no empty environment.
    this.#problems.push(...check.problems.filter(({ rule }) => rule !== 'manifest.empty-environment'));
    this.#warnings.push(...check.warnings);
    for (const object of check.objects) this.#addObject(object);
  }

  tooLarge(file: string, nodes: number): ManifestProblem | undefined {
    const said = exceededLimit({ objects: this.#count, nodes: this.#nodes }, nodes);
    if (said === undefined) return undefined;
    const message = `The environment has more than ${said}.`;
    return { file, line: 1, rule: 'manifest.environment-size', message, next: 'Split the service.' };
  }

  result(scope: ManifestScope): ManifestCheck {
    const isEmpty = this.#problems.length === 0 && this.#objects.size === 0;
    const { problems } = isEmpty ? checkManifests({ files: [], problems: [] }, scope) : { problems: this.#problems };
    return { objects: [...this.#objects.values()], problems: capped(problems), warnings: capped(this.#warnings) };
  }

  #addObject(object: ManifestObject): void {
    const key = objectKey(object);
    const first = this.#objects.get(key);
    if (first === undefined) {
      this.#objects.set(key, object);
      return;
    }
    this.#problems.push({
      file: object.file,
      line: object.line,
      rule: 'manifest.duplicate-object',
      message: `${objectName(object)} stands also in ${first.file}:${first.line}; Flux refuses both.`,
      next: 'Render it once.',
    });
  }
}

/** The first hundred of an environment, whatever the number of its files: they are stored, and shown to people. */
function capped(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  const listed = problems.slice(0, manifestLimits.problems);
  const next = problems[listed.length];
  if (next === undefined) return listed;
  const message = `${problems.length - listed.length} more of the same kind are not listed.`;
  return [...listed, { file: next.file, line: next.line, rule: 'manifest.more', message }];
}
