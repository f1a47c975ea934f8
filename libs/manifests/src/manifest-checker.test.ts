import { describe, expect, it } from 'vitest';

import { checkManifests, type ManifestCheck } from './manifest-checker.ts';
import { fileOf, helmOutput, kustomizeOutput } from './manifest-fixtures.ts';
import { parseManifests } from './manifest-parser.ts';

function check(text: string, allowKinds: readonly string[] = [], path = 'app.yaml'): ManifestCheck {
  const scope = { environment: 'prod', service: 'web', namespace: 'shop', allowKinds };
  return checkManifests(parseManifests([fileOf(text, path)]), scope);
}

const found = (problems: ManifestCheck['problems']): string[] =>
  problems.map((problem) => `${problem.rule.replace('manifest.', '')}:${problem.line}`);

const object = (apiVersion: string, kind: string, rest = ''): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: web\n${rest}`;

describe('what a service may hold', () => {
  it('names the objects of a rendering, in the namespace where Flux puts them', () => {
    const { objects, problems, warnings } = check(`${helmOutput}---\n${kustomizeOutput}`);
    expect([problems, warnings]).toEqual([[], []]);
    expect(
      objects.map((one) => `${one.apiGroup}/${one.version} ${one.kind} ${one.namespace}/${one.name} ${one.workload}`),
    ).toEqual([
      '/v1 ServiceAccount shop/web false',
      '/v1 ConfigMap shop/web false',
      'apps/v1 Deployment shop/web true',
      '/v1 Service shop/web false',
      'batch/v1 CronJob shop/report true',
    ]);
  });

  it('takes the own namespace when it is written', () => {
    expect(check(object('v1', 'Service', '  namespace: shop\n')).problems).toEqual([]);
    expect(check(object('v1', 'Service', '  namespace:\n')).objects[0]?.namespace).toBe('shop');
  });

  it.each([
    ['a foreign namespace', object('v1', 'Service', '  namespace: other\n'), 'foreign-namespace:1'],
    [
      'a foreign namespace by a merge',
      `x: &n {namespace: other, name: web}\napiVersion: v1\nkind: Service\nmetadata: {<<: *n}\n`,
      'foreign-namespace:1',
    ],
    ['a namespace that is a path', object('v1', 'Service', '  namespace: ../other\n'), 'invalid-namespace:1'],
    ['a namespace that is no text', object('v1', 'Service', '  namespace: [shop]\n'), 'invalid-namespace:1'],
    ['a cluster role', object('rbac.authorization.k8s.io/v1', 'ClusterRole'), 'cluster-scoped:1'],
    ['a custom resource definition', object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'), 'cluster-scoped:1'],
    ['a webhook', object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'), 'cluster-scoped:1'],
    ['a Namespace', object('v1', 'Namespace'), 'cluster-scoped:1'],
    ['a cluster-scoped kind of an add-on', object('cert-manager.io/v1', 'ClusterIssuer'), 'cluster-scoped:1'],
    [
      'a cluster role in a list',
      `kind: FooList\napiVersion: v1\nitems:\n  - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}}\n`,
      'cluster-scoped:4',
    ],
    ['a Kustomization of Flux', object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization'), 'kustomization:1'],
    ['a Kustomization of kustomize', object('kustomize.config.k8s.io/v1beta1', 'Kustomization'), 'kustomization:1'],
    ['a HelmRelease', object('helm.toolkit.fluxcd.io/v2', 'HelmRelease'), 'delegate:1'],
    ['a source of Flux', object('source.toolkit.fluxcd.io/v1', 'GitRepository'), 'delegate:1'],
    ['an Application of Argo CD', object('argoproj.io/v1alpha1', 'Application'), 'delegate:1'],
    ['a generated name', 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-, name: a}\n', 'generate-name:1'],
    ['no apiVersion', 'kind: Pod\nmetadata: {name: a}\n', 'missing-api-version:1'],
    ['no kind', 'apiVersion: v1\nmetadata: {name: a}\n', 'missing-kind:1'],
    ['a kind that is a path', object('v1', '../x'), 'invalid-kind:1'],
    ['a kind that is a number', object('v1', '1'), 'missing-kind:1'],
    ['an apiVersion that is a path', object('../v1', 'Pod'), 'invalid-api-version:1'],
    ['no metadata', 'apiVersion: v1\nkind: Pod\n', 'missing-name:1'],
    ['a name that is a number', 'apiVersion: v1\nkind: Pod\nmetadata: {name: 12}\n', 'missing-name:1'],
    ['a name that is a path', 'apiVersion: v1\nkind: Pod\nmetadata: {name: ../a}\n', 'invalid-name:1'],
    ['a name with a variable', 'apiVersion: v1\nkind: Pod\nmetadata: {name: "${NAME}"}\n', 'invalid-name:1'],
    ['a name in capitals', 'apiVersion: v1\nkind: Pod\nmetadata: {name: Web}\n', 'invalid-name:1'],
    [
      'the same object twice',
      `${object('apps/v1', 'Deployment')}---\n${object('apps/v1beta1', 'Deployment')}`,
      'duplicate-object:6',
    ],
    ['our label', object('v1', 'Pod', '  labels:\n    release-manager.io/managed: "true"\n'), 'reserved-key:6'],
    ['our annotation', object('v1', 'Service', '  annotations: {Release-Manager.io/x: y}\n'), 'reserved-key:5'],
    [
      'our label in a template',
      object('apps/v1', 'Deployment', 'spec: {template: {metadata: {labels: {release-manager.io/service: x}}}}\n'),
      'reserved-key:5',
    ],
    [
      'our label by an alias',
      `x: &l\n  release-manager.io/owner: a\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: *l\n`,
      'reserved-key:2',
    ],
    [
      'a key that Flux sets',
      object('v1', 'Service', '  labels: {kustomize.toolkit.fluxcd.io/name: other}\n'),
      'flux-key:5',
    ],
    ['labels that are a sequence', object('v1', 'Service', '  labels: [a]\n'), 'metadata:5'],
    ['a label that is a number', object('v1', 'Service', '  labels:\n    a: 1\n'), 'metadata:6'],
    [
      'labels of a template that are text',
      object('batch/v1', 'Job', 'spec: {template: {metadata: {labels: a}}}\n'),
      'metadata:5',
    ],
  ])('refuses %s', (_name, text, expected) => {
    expect(found(check(text).problems)).toEqual([expected]);
  });

  it.each(['kustomization.yaml', 'base/kustomization.yml', 'Kustomization'])('refuses the file %s', (path) => {
    expect(found(check('', [], path).problems)).toContain('kustomization-file:1');
  });

  it.each([
    ['release.json', 'reserved-file:1'],
    ['.sops.yaml', 'hidden-file:1'],
    ['.git/config.yaml', 'hidden-file:1'],
    ['.sourceignore', 'hidden-file:1'],
  ])('refuses the file %s', (path, expected) => {
    expect(found(check('', [], path).problems)).toContain(expected);
  });

  it('refuses a folder without any object', () => {
    expect(found(check('---\n# nothing\n').problems)).toEqual(['empty-environment:1']);
  });

  it('lets pass what the environment allows, with or without the group, but never a Kustomization', () => {
    const role = object('rbac.authorization.k8s.io/v1', 'ClusterRole', '  namespace: other\n');
    expect(check(role, ['ClusterRole']).objects[0]).toMatchObject({ namespace: '', name: 'web' });
    expect(check(role, ['ClusterRole.rbac.authorization.k8s.io']).problems).toEqual([]);
    expect(found(check(role, ['ClusterRole.other']).problems)).toEqual(['cluster-scoped:1']);
    const kustomization = object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
    expect(found(check(kustomization, ['Kustomization']).problems)).toEqual(['kustomization:1']);
  });

  it('knows roles with a colon and namespaced kinds that begin with Cluster', () => {
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: "shop:read"}\n';
    expect(check(role).problems).toEqual([]);
    expect(check(object('postgresql.cnpg.io/v1', 'Cluster')).problems).toEqual([]);
    expect(check(object('cluster.x-k8s.io/v1beta1', 'ClusterClass')).problems).toEqual([]);
  });

  it('allows the annotations and labels by which an object speaks to Flux', () => {
    const text = ['force: enabled', 'prune: disabled', 'ssa: Merge', 'reconcile: disabled', 'substitute: disabled']
      .map((line) => `    kustomize.toolkit.fluxcd.io/${line}\n`)
      .join('');
    expect(check(object('batch/v1', 'Job', `  annotations:\n${text}`)).problems).toEqual([]);
    expect(check(object('batch/v1', 'Job', `  labels:\n${text}`)).problems).toEqual([]);
  });

  it('warns of what Flux does otherwise than people think, and of what reaches out of a container', () => {
    const hook = object('batch/v1', 'Job', '  annotations:\n    helm.sh/hook: pre-install\n');
    const host =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: true\n  hostPID: false\n  volumes:\n    - hostPath: {path: /}\n  containers:\n    - securityContext: {privileged: true}\n';
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  a: "ENC[AES256_GCM,data:aa==,iv:aa==,tag:aa==,type:str]"\n  b: aGk=\n';
    const { problems, warnings } = check(`${hook}---\n${host}---\n${secret}`);
    expect(problems).toEqual([]);
    expect(found(warnings)).toEqual([
      'helm-hook:6',
      'host-access:12',
      'host-access:15',
      'host-access:17',
      'clear-secret:24',
    ]);
    expect(found(check('a', [], 'notes.txt').warnings)).toEqual(['not-applied:1']);
  });

  it('lets the stamp pass on what was committed before, and nothing else', () => {
    const ours = object('v1', 'Pod', '  labels: {release-manager.io/managed: "true"}\n');
    const scope = { environment: 'prod', service: 'web', namespace: 'shop', allowKinds: [] };
    const again = (text: string) => checkManifests(parseManifests([fileOf(text)]), { ...scope, stamped: true });
    expect(again(ours).problems).toEqual([]);
    expect(found(again(`${ours}  namespace: other\n`).problems)).toEqual(['foreign-namespace:1']);
  });

  it('lists a hundred problems and counts the others', () => {
    const { problems } = check('apiVersion: v1\nkind: X\n---\n'.repeat(400));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toMatchObject({
      rule: 'manifest.more',
      message: expect.stringMatching(/^At least 300 more /) as string,
    });
  });

  it('shows nothing of the input that acts on a terminal', () => {
    const [problem] = check(object('v1', '"\\e]8;;x\\u202e"')).problems;
    expect(problem?.message).toContain(String.raw`\u001b]8;;x\u202e`);
  });
});
