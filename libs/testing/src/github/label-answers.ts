import { notFound, ofRepository, ok, pageOf, textOf, unprocessable, type Answers } from './answer.ts';
import type { FakeRepository } from './fake-repository.ts';
import { labelOf, renderLabel } from './render.ts';

const nameOf = (pull: { readonly labels: ReadonlySet<string> }, name: string): string | undefined =>
  [...pull.labels].find((each) => each.toLowerCase() === name.toLowerCase());

/** GitHub makes a label that is put on something and is not there, in grey. */
function ensureLabel(repository: FakeRepository, name: string): void {
  const key = name.toLowerCase();
  if (!repository.labels.has(key)) repository.labels.set(key, { name, color: 'ededed', description: '' });
}

export const labelAnswers: Answers = {
  'issues/get-label': ofRepository((repository, { params, world }) => {
    const label = repository.labels.get((params['name'] ?? '').toLowerCase());
    return label === undefined ? notFound : ok(renderLabel(world, label));
  }),

  'issues/create-label': ofRepository((repository, { body, world }) => {
    const name = textOf(body, 'name') ?? '';
    if (repository.labels.has(name.toLowerCase())) return unprocessable('name already exists', 'already_exists');
    if (name.length > 50) return unprocessable('name is too long (maximum is 50 characters)');
    const label = { name, color: textOf(body, 'color') ?? 'ededed', description: textOf(body, 'description') ?? '' };
    if (!/^[0-9a-f]{6}$/i.test(label.color)) return unprocessable('color is invalid');
    if (label.description.length > 100) return unprocessable('description is too long (maximum is 100 characters)');
    repository.labels.set(name.toLowerCase(), label);
    return ok(renderLabel(world, label), 201);
  }),

  'issues/list-labels-on-issue': ofRepository((repository, { params, query, world }) => {
    const pull = repository.pulls.get(Number(params['issue_number']));
    if (pull === undefined) return notFound;
    return ok(pageOf([...pull.labels], query).map((name) => renderLabel(world, labelOf(repository, name))));
  }),

  'issues/add-labels': ofRepository((repository, { params, body, world }) => {
    const pull = repository.pulls.get(Number(params['issue_number']));
    if (pull === undefined) return notFound;
    for (const name of body['labels'] as readonly string[]) {
      if (name.length > 50) return unprocessable('name is too long (maximum is 50 characters)');
      ensureLabel(repository, name);
      if (nameOf(pull, name) === undefined) pull.labels.add(labelOf(repository, name).name);
    }
    pull.updatedAt = world.now();
    return ok([...pull.labels].map((name) => renderLabel(world, labelOf(repository, name))));
  }),

  'issues/remove-label': ofRepository((repository, { params, world }) => {
    const pull = repository.pulls.get(Number(params['issue_number']));
    const name = pull && nameOf(pull, params['name'] ?? '');
    if (pull === undefined || name === undefined) return notFound;
    pull.labels.delete(name);
    pull.updatedAt = world.now();
    return ok([...pull.labels].map((each) => renderLabel(world, labelOf(repository, each))));
  }),
};
