import { assertEnvironmentName, messageOf } from '@release-manager/domain';

import { archiveError, quoted, type ArchiveRule } from './archive-error.ts';

const allowed = 'An artifact holds artifact.json and, per environment, <environment>/**/*.yaml or *.yml, nothing else.';

/** Together with `<env>/releases/<namespace>/<service>/` it stays far below what Linux, macOS and git on Windows take. */
const longestPath = 512;
const longestSegment = 255;
const deepest = 16;

/** Controls, format characters (zero width, text direction), lone surrogates, private and unassigned code points. */
const unprintable = /\p{C}|[\u2028\u2029]/u;
/** What Windows keeps for itself; `a.yaml:stream` would be another file's stream. */
const forWindows = /[<>:"|?*]/;
const drive = /^[A-Za-z]:/;
/** Names of devices on Windows, whatever their extension: a clone of the config repo could not be checked out there. */
const device = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
/** `git~1` is what Windows calls `.git` in its old 8.3 form; `gitmod~1` and `gi7eba~1` are `.gitmodules`. */
const shortGitName = /^gi.*~\d/i;
/** Letters of these scripts look alike; one name that mixes them is meant to be taken for another. */
const lookAlikes = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

interface Refusal {
  readonly rule: ArchiveRule;
  readonly why: string;
}

/**
 * Judges one path of an archive, a folder's with or without its final `/`.
 * @throws AppError invalid `archive.<rule>`
 */
export function assertEntryPath(path: string, kind: 'file' | 'folder'): void {
  const bare = kind === 'folder' ? path.replace(/\/$/, '') : path;
  const refusal = judgeText(bare) ?? judgeSegments(bare.split('/')) ?? judgePlace(bare, kind);
  if (refusal === undefined) return;
  throw archiveError({
    rule: refusal.rule,
    file: path,
    message: `The archive's entry ${quoted(path)} is refused: ${refusal.why}.`,
    next: allowed,
  });
}

/**
 * Equal for paths that some file system, or some reader, takes for one: other case, other composition, compatible forms.
 * Upper case first, so that ß meets ss.
 */
export function collisionKey(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function judgeText(path: string): Refusal | undefined {
  if (unprintable.test(path)) return { rule: 'path-characters', why: 'it holds control or invisible characters' };
  if (path.includes('\\')) return { rule: 'path-characters', why: 'it holds a backslash' };
  if (path.startsWith('/') || drive.test(path)) return { rule: 'path-absolute', why: 'it is absolute' };
  if (forWindows.test(path)) return { rule: 'path-characters', why: 'it holds one of < > : " | ? *' };
  if (path.normalize('NFC') !== path) {
    return { rule: 'path-normalisation', why: 'its letters are not composed (Unicode NFC)' };
  }
  if (path.normalize('NFKC') !== path) {
    return { rule: 'path-normalisation', why: 'it holds look-alikes of other characters' };
  }
  if (Buffer.byteLength(path) > longestPath)
    return { rule: 'path-length', why: `it has more than ${longestPath} bytes` };
  return undefined;
}

function judgeSegments(segments: readonly string[]): Refusal | undefined {
  if (segments.length > deepest) return { rule: 'path-length', why: `it lies more than ${deepest} folders deep` };
  for (const segment of segments) {
    const refusal = judgeSegment(segment);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeSegment(segment: string): Refusal | undefined {
  if (segment === '..') return { rule: 'path-traversal', why: 'it leads out of its folder' };
  if (segment === '' || segment === '.') return { rule: 'path-segment', why: 'it has an empty segment' };
  if (/[. ]$|^ /.test(segment))
    return { rule: 'path-segment', why: 'a segment begins with a space or ends with a dot or space' };
  if (Buffer.byteLength(segment) > longestSegment) {
    return { rule: 'path-length', why: `a segment has more than ${longestSegment} bytes` };
  }
  if (segment.startsWith('.'))
    return { rule: 'control-file', why: 'names that begin with a dot steer git and other tools' };
  if (shortGitName.test(segment)) return { rule: 'control-file', why: 'on Windows it may be .git or one of its files' };
  if (segment.toLowerCase() === 'flux-system')
    return { rule: 'control-file', why: 'flux-system is where Flux keeps itself' };
  if (device.test(segment)) return { rule: 'path-reserved', why: 'on Windows it is the name of a device' };
  const stem = segment.replace(/\.[a-z]+$/, '');
  if (lookAlikes.filter((script) => script.test(stem)).length > 1) {
    return { rule: 'path-script', why: 'one name mixes Latin, Greek or Cyrillic letters, which look alike' };
  }
  return undefined;
}

function judgePlace(path: string, kind: 'file' | 'folder'): Refusal | undefined {
  if (path === 'artifact.json' && kind === 'file') return undefined;
  const [environment = '', ...rest] = path.split('/');
  if (kind === 'file' && (rest.length === 0 || !/\.ya?ml$/.test(path))) {
    return { rule: 'not-allowed', why: 'such a file has no place in an artifact' };
  }
  try {
    assertEnvironmentName(environment);
  } catch (error) {
    return { rule: 'environment', why: messageOf(error).replace(/\.$/, '') };
  }
  return undefined;
}
