import { describe, expect, test } from 'vitest';

import { readReleaseYaml } from './release-yaml.ts';

const read = (text: string) => readReleaseYaml(Buffer.from(text));

describe('release.yaml of a source repository', () => {
  test('service and paths are read, the rest may be anything', () => {
    expect(read('service: web\nnamespace: shop\npaths: ["services/web/**", "libs/ui/**"]\nfuture: { a: 1 }\n')).toEqual(
      {
        kind: 'read',
        service: 'web',
        paths: ['services/web/**', 'libs/ui/**'],
      },
    );
  });

  test('without paths everything concerns the service', () => {
    expect(read('service: web\n')).toEqual({ kind: 'read', service: 'web', paths: [] });
  });

  test.each([
    ['no YAML', 'service: [', 1],
    ['no mapping', 'web', 1],
    ['no service', 'namespace: shop\n', 1],
    ['paths of another kind', 'service: web\npaths: services/web\n', 2],
    ['an empty path', 'service: web\npaths:\n  - a\n  - ""\n', 4],
    ['a file of aliases', `a: &a [x]\nb: [${'*a,'.repeat(200)}]\nservice: web\n`, 1],
  ])('%s is said with its line', (_what, text, line) => {
    expect(read(text)).toMatchObject({ kind: 'broken', line });
  });
});
