import { AppError } from '@release-manager/domain';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { describeInit, initialFiles, missingFiles } from './init.ts';
import { parseConfig } from './parse-config.ts';

const environments = [{ name: 'dev' }, { name: 'prod', protected: true, layout: 'sliced' }] as const;
const source = { url: 'https://git.example.com/acme/config.git', branch: 'main', secretName: 'config-repo' };

test('what init writes is what parseConfig reads, without a problem', () => {
  const files = initialFiles({ environments, source });
  const snapshot = parseConfig('c', new Map(files.map(({ path, content }) => [path, content])));

  expect(snapshot.problems).toEqual([]);
  expect(snapshot.initialised).toBe(true);
  expect(snapshot.environments).toMatchObject([
    { name: 'dev', protected: false, flux: { layout: 'plain' } },
    { name: 'prod', protected: true, flux: { layout: 'sliced' } },
  ]);
});

test.each(['1', '007', 'true', 'null', 'on', '1e3', '0x10', 'y', 'no'])(
  'an environment %j is a text, not a number',
  (name) => {
    const [, main] = initialFiles({ environments: [{ name }] });
    const snapshot = parseConfig('c', new Map([['release-manager.yaml', main?.content ?? Buffer.alloc(0)]]));

    expect(snapshot.environments.map((environment) => environment.name)).toEqual([name]);
  },
);

test('the root of each environment reads the repository and applies its folder', () => {
  const root = initialFiles({ environments, source }).find(
    ({ path }) => path === 'clusters/prod/flux-system/sync.yaml',
  );
  const objects = [...parseAllDocuments(Buffer.from(root?.content ?? '').toString())].map((document): unknown =>
    document.toJS(),
  );

  expect(objects).toMatchObject([
    {
      kind: 'GitRepository',
      metadata: { name: 'flux-system', namespace: 'flux-system' },
      spec: { url: source.url, ref: { branch: 'main' }, secretRef: { name: 'config-repo' } },
    },
    {
      kind: 'Kustomization',
      metadata: { name: 'clusters-prod', namespace: 'flux-system' },
      spec: { path: './clusters/prod', prune: true, sourceRef: { kind: 'GitRepository', name: 'flux-system' } },
    },
  ]);
});

test.each([
  ['https://ada:s3cret@git.example.com/acme/config.git', 'https://git.example.com/acme/config.git'],
  ['https://ghp_s3cret@git.example.com/acme/config', 'https://git.example.com/acme/config'],
  ['https://git.example.com/acme/config?private_token=s3cret', 'https://git.example.com/acme/config'],
  ['git@git.example.com:acme/config.git', 'ssh://git@git.example.com/acme/config.git'],
  ['ssh://git:s3cret@git.example.com:2222/acme/config.git', 'ssh://git@git.example.com:2222/acme/config.git'],
])('%j reaches the repository as %j, without its secret', (url, expected) => {
  const files = initialFiles({ environments, source: { ...source, url } });
  const text = files.map(({ content }) => Buffer.from(content).toString()).join('\n');
  const words = describeInit({ environments, source: { ...source, url } });

  expect(text).toContain(`url: ${expected}\n`);
  expect(text + words).not.toContain('s3cret');
});

test.each(['/srv/config.git', 'file:///srv/config.git', 'ext::sh -c id', '--upload-pack=x', 'https://', ''])(
  'no cluster can read %j',
  (url) => {
    expect(() => initialFiles({ environments, source: { ...source, url } })).toThrow(AppError);
  },
);

test('without a URL no root is written', () => {
  expect(initialFiles({ environments }).map(({ path }) => path)).toEqual([
    'README.md',
    'release-manager.yaml',
    'people.yaml',
  ]);
});

test('what a repository has already is kept and named, also a root that flux bootstrap made', () => {
  const files = initialFiles({ environments, source });

  const added = missingFiles(files, ['README.md', 'clusters/dev/flux-system/gotk-sync.yaml', 'apps/x.yaml']);

  expect(added.kept).toEqual(['README.md', 'clusters/dev/flux-system/gotk-sync.yaml']);
  expect(added.files.map(({ path }) => path)).toEqual([
    'release-manager.yaml',
    'people.yaml',
    'clusters/prod/flux-system/sync.yaml',
  ]);
  expect(
    missingFiles(
      files,
      files.map(({ path }) => path),
    ).files,
  ).toEqual([]);
});

test.each([[[]], [[{ name: 'dev' }, { name: 'dev' }]], [[{ name: 'policies' }]], [[{ name: 'De v' }]]])(
  '%j cannot be initialised',
  (bad) => {
    expect(() => initialFiles({ environments: bad })).toThrow(AppError);
  },
);

test('says what to run in each cluster', () => {
  const words = describeInit({ environments, source, kept: ['README.md'] });

  expect(words).toContain('Kept as it is: README.md');
  expect(words).toContain('kubectl apply -f clusters/dev/flux-system/sync.yaml');
  expect(words).toContain('--components-extra=source-watcher');
  expect(words).toContain('ExternalArtifact=true');
  expect(words).toContain('flux create secret git config-repo --namespace=flux-system');
});
