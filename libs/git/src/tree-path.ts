import { AppError } from '@release-manager/domain';

/** Characters that HFS+ ignores in names, so that `.g\u200cit` would be `.git` there. */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const longestSegment = 255;
const longestPath = 4096;

/**
 * The segments of a path inside a repository; `''` has none. What git would refuse to check out, or what another file
 * system would take for something else, never gets into a tree.
 * @throws AppError invalid `git.bad-path`, naming the path and the reason.
 */
export function pathSegments(path: string): string[] {
  if (path === '') return [];
  if (Buffer.byteLength(path) > longestPath) throw bad(path, `it is longer than ${longestPath} bytes`);
  if (!path.isWellFormed()) throw bad(path, 'it is no valid Unicode');
  if (/\p{Cc}/u.test(path)) throw bad(path, 'it has a control character');
  if (path.includes('\\')) throw bad(path, 'it has a backslash, which separates folders on other systems');
  const segments = path.split('/');
  for (const segment of segments) {
    const reason = segmentFault(segment);
    if (reason !== undefined) throw bad(path, reason);
  }
  return segments;
}

/** Whether a path can be asked for. One that was listed may be none: other tools write names that we never would. */
export function isTreePath(path: string): boolean {
  try {
    return !path.includes('\ufffd') && pathSegments(path).length > 0;
  } catch {
    return false;
  }
}

function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'a segment is empty (it begins or ends with "/", or has two in a row)';
  if (segment === '.' || segment === '..') return `"${segment}" is no name`;
  if (Buffer.byteLength(segment) > longestSegment) return `a segment is longer than ${longestSegment} bytes`;
  const plain = segment.replaceAll(ignorable, '').toLowerCase();
  // Windows drops dots and spaces at the end, ends a name at ":" and knows .git by its short name too.
  const windows = plain.replace(/:.*$/, '').replace(/[. ]+$/, '');
  if (plain === '.git' || windows === '.git' || /^git~\d+$/.test(windows)) return '".git" belongs to git itself';
  return undefined;
}

function bad(path: string, why: string): AppError {
  return new AppError(
    'invalid',
    'git.bad-path',
    `${JSON.stringify(path.slice(0, 200))} cannot be a path in a git repository: ${why}.`,
    { details: { path: path.slice(0, 200) } },
  );
}
