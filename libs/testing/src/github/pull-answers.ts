import { notFound, ofRepository, ok, pageOf, type Answers } from './answer.ts';
import { renderPull } from './render.ts';

export const pullAnswers: Answers = {
  'pulls/get': ofRepository((repository, { params, world }) => {
    const pull = repository.pulls.get(Number(params['pull_number']));
    return pull === undefined ? notFound : ok(renderPull(world, repository, pull));
  }),

  'pulls/list': ofRepository((repository, { query, world }) => {
    const state = query.get('state') ?? 'open';
    const sorted = [...repository.pulls.values()]
      .filter((pull) => state === 'all' || pull.state === state)
      .toSorted((a, b) =>
        query.get('sort') === 'updated' ? b.updatedAt.getTime() - a.updatedAt.getTime() : b.number - a.number,
      );
    return ok(pageOf(sorted, query).map((pull) => renderPull(world, repository, pull, 'simple')));
  }),

  'pulls/list-files': ofRepository((repository, { params, query, world }) => {
    const pull = repository.pulls.get(Number(params['pull_number']));
    if (pull === undefined) return notFound;
    const [example] = world.schema.example('diff-entry-items') as unknown as readonly object[];
    const files = pageOf(pull.files, query).map(({ filename, status, previous }) => ({
      ...example,
      filename,
      status,
      ...(previous === undefined ? {} : { previous_filename: previous }),
    }));
    return ok(files);
  }),

  'repos/list-pull-requests-associated-with-commit': ofRepository((repository, { params, query, world }) => {
    const sha = params['commit_sha'] ?? '';
    if (!repository.has(sha)) return notFound;
    const found = [...repository.pulls.values()].filter((pull) => pull.mergeCommitSha === sha || pull.commits.has(sha));
    return ok(pageOf(found, query).map((pull) => renderPull(world, repository, pull, 'simple')));
  }),
};
