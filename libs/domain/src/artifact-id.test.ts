import { expect, test } from 'vitest';

import { artifactId, branchSlug, isArtifactId } from './artifact-id.ts';

const identity = { service: 'web', branch: 'main', sha: 'a'.repeat(40) };
const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });

test.each([
  ['main', 'main'],
  ['Feature/ABC-12_x', 'feature-abc-12-x'],
  ['--', 'branch'],
  ['日本', 'branch'],
  [`${'x'.repeat(39)}/y`, 'x'.repeat(39)],
])('the slug of %j is %j', (branch, slug) => {
  expect(branchSlug(branch)).toBe(slug);
});

test('an id does not depend on the order of the files, nor on artifact.json', () => {
  const files = [file('dev/a.yaml', 'a'), file('dev/b.yaml', 'b')];

  const id = artifactId(identity, files);

  expect(artifactId(identity, files.toReversed())).toBe(id);
  expect(artifactId(identity, [...files, file('artifact.json', '{}')])).toBe(id);
  expect(isArtifactId(id)).toBe(true);
});

test('branches that share a slug, and a byte moved from one file to the next, give other ids', () => {
  const of = (branch: string, files: ReturnType<typeof file>[]) => artifactId({ ...identity, branch }, files);

  expect(of('a/b', [])).not.toBe(of('a_b', []));
  expect(of('main', [file('dev/a', 'bc')])).not.toBe(of('main', [file('dev/ab', 'c')]));
});

test('the digest is the published one, so that other languages can compute it', () => {
  expect(artifactId(identity, [file('dev/web.yaml', 'kind: Service\n')])).toBe('main-aaaaaaaaaa-6437d64a65');
});
