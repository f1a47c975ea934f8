import { ArtifactSpec } from '@release-manager/contract';
import type { ArtifactFile } from '@release-manager/domain';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import type { Edit } from './edit.ts';
import { Environment } from './environment.ts';
import { planRelease } from './plan-release.ts';
import { planUndeploy } from './plan-undeploy.ts';
import type { PlanReleaseInput } from './release-input.ts';
import { parseReleaseJson } from './release-json.ts';

const file = (path: string, text: string): ArtifactFile => ({ path, content: Buffer.from(text) });
const deployment = `# ours
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec: { containers: [{ name: web, image: web:1 }] }
`;
const job = (image: string, extra = '') => `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate${extra}
spec:
  template:
    spec: { restartPolicy: Never, containers: [{ name: m, image: "${image}" }] }
`;

const spec = ArtifactSpec.parse({
  schemaVersion: 1,
  id: 'main-0123456789-abcdef0123',
  service: 'web',
  namespaces: { default: 'shop' },
  zebra: { b: 1, a: 2 },
  source: {
    repository: 'acme/web',
    branch: 'main',
    sha: '0123456789012345678901234567890123456789',
    author: { name: 'Ada', email: 'ada@example.com' },
  },
});

function input(change: Partial<PlanReleaseInput> = {}): PlanReleaseInput {
  return {
    environment: Environment.parse({ name: 'prod' }),
    service: 'web',
    namespace: 'shop',
    owner: 'checkout',
    spec,
    files: [file('web.yaml', deployment)],
    release: {
      id: 'rel_01j9zzzzzzzzzzzzzzzzzzzzzz',
      intent: 'branch',
      actorName: 'ada',
      at: new Date('2026-01-02T03:04:05Z'),
    },
    existing: { folder: [] },
    ...change,
  };
}

const sliced = Environment.parse({
  name: 'prod',
  flux: { layout: 'sliced', serviceAccountName: 'deployer', decryption: { provider: 'sops' } },
});

function putOf(edits: readonly Edit[], path: string): string | undefined {
  const edit = edits.find((one) => one.kind === 'put' && one.path === path);
  return edit?.kind === 'put' ? Buffer.from(edit.content).toString() : undefined;
}
function folderOf(edits: readonly Edit[]): Map<string, string> {
  const [edit] = edits;
  const files = edit?.kind === 'replace-folder' ? edit.files : [];
  return new Map(files.map(({ path, content }) => [path, Buffer.from(content).toString()]));
}
const service = 'clusters/prod/shop/web.yaml';

test('a first release writes the folder, the namespace and the Kustomization', () => {
  const { edits, problems } = planRelease(input());

  expect(problems).toEqual([]);
  expect(edits.map(({ kind, path }) => [kind, path])).toEqual([
    ['replace-folder', 'prod/releases/shop/web'],
    ['put', 'clusters/prod/shop/namespace.yaml'],
    ['put', service],
  ]);
  expect([...folderOf(edits).keys()]).toEqual(['web.yaml', 'artifact.json', 'release.json']);
  expect(folderOf(edits).get('web.yaml')).toContain('release-manager.io/release-id: "rel_01j9');
  expect(folderOf(edits).get('web.yaml')).toMatch(/^# ours\n/);
  expect(parse(putOf(edits, service) ?? '')).toEqual({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: 'prod-web',
      namespace: 'flux-system',
      labels: { 'release-manager.io/environment': 'prod', 'release-manager.io/service': 'web' },
    },
    spec: {
      path: './prod/releases/shop/web',
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      targetNamespace: 'shop',
      prune: true,
      wait: false,
      interval: '30m',
      retryInterval: '1m',
      timeout: '3m',
    },
  });
  expect(parse(putOf(edits, 'clusters/prod/shop/namespace.yaml') ?? '')).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } },
  });
});

test('the records are stable: keys in order, one line end, the same bytes for the same release', () => {
  const first = folderOf(planRelease(input()).edits);

  expect(first.get('artifact.json')).toMatch(/^\{\n {2}"id": [^]*"zebra": \{\n {4}"a": 2,\n {4}"b": 1\n[^]*\}\n$/);
  expect(parseReleaseJson(Buffer.from(first.get('release.json') ?? ''))).toEqual({
    releaseId: 'rel_01j9zzzzzzzzzzzzzzzzzzzzzz',
    artifactId: 'main-0123456789-abcdef0123',
    intent: 'branch',
    actor: 'ada',
    time: '2026-01-02T03:04:05.000Z',
  });
  expect(folderOf(planRelease(input()).edits)).toEqual(first);
  expect(parseReleaseJson(Buffer.from('{"releaseId":1}'))).toBeUndefined();
  expect(parseReleaseJson(Buffer.from('{'))).toBeUndefined();
});

test('a second release changes its folder and nothing else', () => {
  const first = planRelease(input({ environment: sliced })).edits;
  const content = (path: string) => Buffer.from(putOf(first, path) ?? '');

  const { edits } = planRelease(
    input({
      environment: sliced,
      existing: {
        folder: [...folderOf(first)].map(([path, text]) => file(path, text)),
        kustomization: content(service),
        namespaceFile: content('clusters/prod/shop/namespace.yaml'),
        artifactsFile: content('clusters/prod/shop/artifacts.yaml'),
      },
    }),
  );

  expect(edits.map(({ kind }) => kind)).toEqual(['replace-folder']);
});

test('sliced: one generator per namespace, and the Kustomization reads its slice', () => {
  const { edits } = planRelease(input({ environment: sliced }));

  expect(parse(putOf(edits, 'clusters/prod/shop/artifacts.yaml') ?? '')).toEqual({
    apiVersion: 'source.extensions.fluxcd.io/v1beta1',
    kind: 'ArtifactGenerator',
    metadata: { name: 'prod-shop', namespace: 'flux-system' },
    spec: {
      sources: [{ alias: 'config', kind: 'GitRepository', name: 'flux-system' }],
      pathPattern: '@config/prod/releases/shop/{service}',
      artifacts: [
        {
          name: 'prod-{service}',
          originRevision: '@config',
          copy: [{ from: '@config/prod/releases/shop/{service}/**', to: '@artifact/' }],
        },
      ],
    },
  });
  expect(parse(putOf(edits, service) ?? '')).toMatchObject({
    spec: {
      path: './',
      sourceRef: { kind: 'ExternalArtifact', name: 'prod-web' },
      serviceAccountName: 'deployer',
      decryption: { provider: 'sops' },
    },
  });
});

const older = `# made by hand
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: web # do not rename
  namespace: flux-system
  labels: { team: checkout }
spec:
  interval: 5m
  path: ./prod/releases/shop/web
  prune: true
  suspend: true # paused by ada
  postBuild:
    substitute: { region: eu }
  sourceRef:
    kind: GitRepository
    name: k8s-cluster-config
    namespace: elsewhere
---
apiVersion: v1
kind: ConfigMap
metadata: { name: beside }
`;

test('an existing Kustomization keeps its name, comments and what people added', () => {
  const { edits } = planRelease(input({ existing: { folder: [], kustomization: Buffer.from(older) } }));
  const text = putOf(edits, service) ?? '';

  expect(text).toContain('# made by hand');
  expect(text).toContain('name: web # do not rename');
  expect(text).toContain('suspend: true # paused by ada');
  expect(text.split('---\n')).toHaveLength(2);
  expect(parse(text.split('---\n')[0] ?? '')).toMatchObject({
    metadata: { name: 'web', labels: { team: 'checkout', 'release-manager.io/service': 'web' } },
    spec: {
      interval: '30m',
      suspend: true,
      postBuild: { substitute: { region: 'eu' } },
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      targetNamespace: 'shop',
      wait: false,
    },
  });
  expect(text).not.toContain('elsewhere');
  const again = planRelease(input({ existing: { folder: [], kustomization: Buffer.from(text) } }));
  expect(putOf(again.edits, service)).toBeUndefined();
});

test('a Kustomization in another namespace stays there and names the namespace of its source', () => {
  const moved = older.replace('namespace: flux-system', 'namespace: apps');

  const { edits } = planRelease(input({ existing: { folder: [], kustomization: Buffer.from(moved) } }));

  expect(parse(putOf(edits, service)?.split('---\n')[0] ?? '')).toMatchObject({
    metadata: { namespace: 'apps' },
    spec: { sourceRef: { name: 'flux-system', namespace: 'flux-system' } },
  });
});

test.each([
  ['no YAML', 'a: [\n'],
  ['another object', 'apiVersion: v1\nkind: ConfigMap\n'],
  ['nothing', ''],
  ['a spec that is no map', `${older.split('spec:')[0] ?? ''}spec: 7\n`],
  ['2 MB', `${older}# ${'x'.repeat(2_000_000)}`],
  ['nesting without end', `${older}x: ${'['.repeat(100_000)}`],
  [
    'a bomb',
    `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\na: &a [x]\nb: &b [${'*a,'.repeat(200)}*a]\nc: [${'*b,'.repeat(200)}*b]\n`,
  ],
])('%s where the Kustomization should be stops the plan: its name would be lost, and Flux would delete', (_, text) => {
  const { edits, problems } = planRelease(input({ existing: { folder: [], kustomization: Buffer.from(text) } }));

  expect(edits).toEqual([]);
  expect(problems).toMatchObject([{ code: 'flux.unreadable', file: service, next: expect.any(String) as string }]);
});

test('a Job that changes under its name stops the plan, with both ways out', () => {
  const folder = [...folderOf(planRelease(input({ files: [file('job.yaml', job('m:1'))] })).edits)];
  const existing = { folder: folder.map(([path, text]) => file(path, text)) };

  const changed = planRelease(input({ existing, files: [file('job.yaml', job('m:2'))] }));
  expect(changed.edits).toEqual([]);
  expect(changed.problems).toMatchObject([
    { code: 'plan.job-changed', file: 'prod/releases/shop/web/job.yaml', line: 1 },
  ]);
  expect(changed.problems[0]?.next).toMatch(/artifact id.*force: enabled/);

  expect(planRelease(input({ existing, files: [file('job.yaml', job('m:1'))] })).problems).toEqual([]);
  expect(planRelease(input({ existing, files: [file('job.yaml', job('m:2', '-2'))] })).problems).toEqual([]);
});

test.each<[string, Partial<PlanReleaseInput>, string]>([
  ['no manifests, which would undeploy', { files: [] }, 'plan.no-manifests'],
  ['a file that we write ourselves', { files: [file('release.json', '{}')] }, 'plan.reserved-file'],
  ['the namespace of Flux', { namespace: 'flux-system' }, 'plan.reserved-namespace'],
  ['manifests that cannot be read', { files: [file('a.yaml', 'a: [')] }, 'manifest.unreadable'],
  ['a pair that is too long', { service: 'x'.repeat(60) }, 'name.pair'],
])('%s stops the plan', (_, change, code) => {
  const { edits, problems } = planRelease(input(change));

  expect(edits).toEqual([]);
  expect(problems[0]?.code).toBe(code);
});

test('namespaces are not made where the environment says so', () => {
  const environment = Environment.parse({ name: 'prod', createNamespaces: false });

  expect(planRelease(input({ environment })).edits.map(({ path }) => path)).toEqual([
    'prod/releases/shop/web',
    service,
  ]);
});

test('an undeploy takes folder and Kustomization, and the generator with the last service', () => {
  const target = { environment: { name: 'prod' }, service: 'web', namespace: 'shop' };

  expect(planUndeploy({ ...target, otherServices: ['api'] }).edits).toEqual([
    { kind: 'remove', path: 'prod/releases/shop/web' },
    { kind: 'remove', path: service },
  ]);
  expect(planUndeploy({ ...target, otherServices: ['web'] }).edits.at(-1)).toEqual({
    kind: 'remove',
    path: 'clusters/prod/shop/artifacts.yaml',
  });
});
