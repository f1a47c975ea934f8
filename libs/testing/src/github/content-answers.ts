import { createHash } from 'node:crypto';

import { gitHubError, notFound, ofRepository, ok, type Answers } from './answer.ts';

const blobOf = (text: string): string => createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');

export const contentAnswers: Answers = {
  'git/get-ref': ofRepository((repository, { params, world }) => {
    if (repository.branches.size === 0) return gitHubError(409, 'Git Repository is empty.');
    const [, kind, name = ''] = /^(heads|tags)\/(.+)$/.exec(params['ref'] ?? '') ?? [];
    const sha = (kind === 'tags' ? repository.tags : repository.branches).get(name);
    if (sha === undefined) return notFound;
    const example = world.schema.example('git-ref');
    const object = { ...(example['object'] as object), sha };
    return ok({ ...example, ref: `refs/${kind}/${name}`, object });
  }),

  'repos/compare-commits-with-basehead': ofRepository((repository, { params, world }) => {
    const [base = '', head = ''] = (params['basehead'] ?? '').split('...').map((name) => repository.resolve(name));
    if (base === '' || head === '') return notFound;
    const compared = repository.compare(base, head);
    if (compared === undefined) return gitHubError(404, `No common ancestor between ${base} and ${head}.`);
    const example = world.schema.example('commit-comparison');
    const { status, ahead: ahead_by, behind: behind_by } = compared;
    return ok({ ...example, status, ahead_by, behind_by, total_commits: ahead_by });
  }),

  'git/get-tree': ofRepository((repository, { params, world }) => {
    const sha = repository.resolve(params['tree_sha'] ?? '');
    if (sha === undefined) return notFound;
    const tree = [...repository.filesAt(sha)].map(([path, text]) => ({
      path,
      mode: '100644',
      type: 'blob',
      size: Buffer.byteLength(text),
      sha: blobOf(text),
    }));
    return ok({ ...world.schema.example('git-tree'), sha, tree, truncated: false });
  }),

  'repos/get-content': ofRepository((repository, { params, query, world }) => {
    const sha = repository.resolve(query.get('ref') ?? '');
    const path = params['path'] ?? '';
    const text = sha === undefined ? undefined : repository.filesAt(sha).get(path);
    if (text === undefined) return notFound;
    const example = world.schema.example('content-file-response-if-content-is-a-file');
    // In lines of 60, as GitHub sends it.
    const content = Buffer.from(text)
      .toString('base64')
      .replaceAll(/.{60}/g, (line) => `${line}\n`);
    const name = path.slice(path.lastIndexOf('/') + 1);
    return ok({ ...example, name, path, sha: blobOf(text), size: Buffer.byteLength(text), content });
  }),
};
