import { AppError } from '@release-manager/domain';

import { compareCommits } from './ask-reachable.ts';
import type { Contents } from './contents.ts';
import { assertSha, unlessGone, type Call, type GithubCalls } from './github-calls.ts';
import type { GithubRepository } from './github-repository.ts';

/** More is no file that anybody wrote by hand. */
const maxBytes = 100_000;

export function createContents(calls: GithubCalls, now: () => Date): Contents {
  const call = (repository: GithubRepository, what: string, signal?: AbortSignal): Call => ({
    repository,
    what,
    permission: 'Contents: read',
    signal,
  });
  return {
    async tipOf(repository, branch, signal) {
      const ref = `heads/${branch}`;
      const asked = call(repository, `asking for the branch ${branch}`, signal);
      const found = await unlessGone(calls.read(asked, (client, where) => client.rest.git.getRef({ ...where, ref })));
      return found?.data.ref === `refs/${ref}` ? found.data.object.sha : undefined;
    },
    async findFiles(repository, sha, fileName, signal) {
      assertSha(sha);
      const asked = call(repository, `looking for ${fileName}`, signal);
      const { data } = await calls.read(asked, (client, where) =>
        client.rest.git.getTree({ ...where, tree_sha: sha, recursive: '1' }),
      );
      const items = data.tree
        .filter(({ type, path }) => type === 'blob' && path.slice(path.lastIndexOf('/') + 1) === fileName)
        .map(({ path }) => path);
      return { items, isComplete: !data.truncated };
    },
    async read(repository, path, sha, signal) {
      assertSha(sha);
      assertPath(path);
      const asked = call(repository, `reading ${path}`, signal);
      const found = await unlessGone(
        calls.read(asked, (client, where) => client.rest.repos.getContent({ ...where, path, ref: sha })),
      );
      if (found === undefined || Array.isArray(found.data) || found.data.type !== 'file') return undefined;
      const { content, size } = found.data as { content: string; size: number };
      if (size > maxBytes)
        throw new AppError('invalid', 'github.file-too-large', `${path} has ${size} bytes, which is too much.`, {
          next: `Keep it below ${maxBytes} bytes.`,
        });
      return Buffer.from(content, 'base64').toString('utf8');
    },
    compare(repository, base, head, signal) {
      assertSha(base);
      assertSha(head);
      const asked = call(repository, `comparing ${base.slice(0, 10)} with ${head.slice(0, 10)}`, signal);
      return calls.read(asked, async (client) => {
        const relation = await compareCommits({ client, repository, signal, now: now() }, base, head);
        return relation === undefined ? undefined : { relation };
      });
    },
  };
}

/** Nothing that a client could take for a way up, out of the repository. */
function assertPath(path: string): void {
  if (path !== '' && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')) return;
  throw new AppError('invalid', 'github.path', 'This is no path of a file in a repository.', {
    next: 'Send a path from the root of the repository, without dots and leading slash.',
  });
}
