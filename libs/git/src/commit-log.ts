import { parseOid } from './oid.ts';
import type { CommitInfo, Signature } from './types.ts';

const fields = ['%H', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'] as const;

/** For `git log -z`: fields and commits are all separated by NUL, which no commit can contain. */
export const logFormat = `--format=tformat:${fields.join('%x00')}`;

export function parseCommitLog(output: Buffer): CommitInfo[] {
  const values = output.toString('utf8').split('\0');
  const commits: CommitInfo[] = [];
  for (let start = 0; start + fields.length <= values.length; start += fields.length) {
    const field = (index: number): string => values[start + index] ?? '';
    commits.push({
      oid: parseOid(field(0)),
      parents: field(1)
        .split(' ')
        .filter((text) => text !== '')
        .map((text) => parseOid(text)),
      author: signature(field(2), field(3), field(4)),
      committer: signature(field(5), field(6), field(7)),
      message: field(8),
    });
  }
  return commits;
}

function signature(name: string, email: string, seconds: string): Signature {
  return { name, email, at: new Date(Number(seconds) * 1000) };
}
