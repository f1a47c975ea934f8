import { layout, type Edit } from '@release-manager/config-repo';
import { at, type Fields, type KubeObject, type Scenario } from '@release-manager/testing/control-plane';
import { stringify } from 'yaml';

import type { ConfigClone } from './config-clone.ts';
import { deployment, job } from './workloads.ts';

/** A failure as people meet it, and what they are told. */
export interface FailureRow {
  readonly service: string;
  readonly namespace?: string;
  /** What is released. */
  readonly objects: readonly KubeObject[];
  /** What is released, and healthy, before. */
  readonly before?: readonly KubeObject[];
  /** Where it ends; or where it is while it is recognised already. */
  readonly state: 'failed' | 'committed' | 'rolling-out';
  readonly code: string;
  readonly message: RegExp;
}

/** Namespaces in which pods are refused. */
const tight = 'rows-quota';
const strict = 'rows-restricted';

/** Namespaces with a quota of no pods, and with PodSecurity that nothing here fulfils. */
export const narrowNamespaces: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tight } },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: strict, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'no-pods', namespace: tight },
    spec: { hard: { pods: '0' } },
  },
];

/** Nothing may be made whose name begins with `forbidden`, ConfigMap or pod; and one ConfigMap may not be deleted. */
export const admissionRule: readonly KubeObject[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'failure-rows' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['configmaps', 'pods'],
          },
        ],
      },
      validations: [
        {
          expression:
            "request.operation == 'DELETE' ? oldObject.metadata.name != 'kept-for-good' : !object.metadata.name.startsWith('forbidden')",
          message: 'the rule of the house',
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'failure-rows' },
    spec: { policyName: 'failure-rows', validationActions: ['Deny'] },
  },
];

type Told = Pick<FailureRow, 'state' | 'code' | 'message'>;
const fails = (code: string, message: RegExp): Told => ({ state: 'failed', code, message });
const waits = (code: string, message: RegExp): Told => ({ state: 'committed', code, message });
const shows = (code: string, message: RegExp): Told => ({ state: 'rolling-out', code, message });

/** One service each, with its name; those without a namespace of their own live in `home`. */
export function failureRows(home: string): readonly FailureRow[] {
  return [...ofContainers(home), ...ofPods(home), ...ofFlux(home), ...ofWaiting(home)];
}

function ofContainers(home: string): FailureRow[] {
  const row = (service: Scenario, told: Told, more: Fields = {}): FailureRow => {
    const object = deployment({ name: service, namespace: home, scenario: service, init: service === 'init-crash' });
    return { service, objects: [{ ...object, spec: { ...object.spec, ...more } }], ...told };
  };
  return [
    row('crash-loop', fails('pod.crash-loop', /Deployment rows\/crash-loop: the container exited with 1, \d+ restart/)),
    row('oom-killed', fails('pod.out-of-memory', /OOMKilled/)),
    row('liveness-failed', fails('pod.probe-killed', /Liveness probe failed: .* 503/)),
    row('never-ready', fails('pod.not-ready', /within 10 s: 1 pod runs and is not ready: Readiness probe/), {
      progressDeadlineSeconds: 10,
    }),
    row('image-pull', fails('pod.image-pull', /image image-pull:1 cannot be pulled/)),
    row('config-error', fails('pod.container-config', /configmap "settings" not found/)),
    row('start-error', fails('pod.container-config', /RunContainerError\): exec: "\/serve"/)),
    row('init-crash', fails('pod.init-crash', /the init container exited with 1/)),
    row('mount-failed', shows('pod.stuck-start', /FailedMount\): .*configmap "settings" not found/)),
  ];
}

function ofPods(home: string): FailureRow[] {
  const plain = (name: string, namespace = home): KubeObject => deployment({ name, namespace });
  const withPod = (object: KubeObject, pod: Fields): KubeObject => {
    const template = at(object, 'spec', 'template') as { readonly metadata: Fields; readonly spec: Fields };
    return { ...object, spec: { ...object.spec, template: { ...template, spec: { ...template.spec, ...pod } } } };
  };
  const recreated = (object: KubeObject): KubeObject => ({
    ...object,
    spec: { ...object.spec, strategy: { type: 'Recreate' }, progressDeadlineSeconds: 5 },
  });
  const container = { name: 'main', image: 'main:1' };
  const claim: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'volume-pending' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const set: KubeObject = {
    ...plain('quota-stateful', tight),
    kind: 'StatefulSet',
    spec: { ...plain('quota-stateful', tight).spec, serviceName: 'quota-stateful' },
  };
  return [
    {
      service: 'job-failed',
      objects: [job({ name: 'job-failed', namespace: home, scenario: 'job-failed' })],
      ...fails('job.failed', /Job rows\/job-failed: the Job failed \(BackoffLimitExceeded\)/),
    },
    {
      service: 'unschedulable',
      objects: [
        withPod(plain('unschedulable'), { containers: [{ ...container, resources: { requests: { cpu: '1000' } } }] }),
      ],
      ...fails('pod.unschedulable', /no node takes the pod: 0\/1 nodes are available: 1 Insufficient cpu/),
    },
    {
      service: 'volume-pending',
      objects: [
        claim,
        withPod(plain('volume-pending'), {
          containers: [container],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'volume-pending' } }],
        }),
      ],
      ...shows('pod.volume-pending', /unbound immediate PersistentVolumeClaims/),
    },
    {
      service: 'no-account',
      objects: [withPod(plain('no-account'), { serviceAccountName: 'nobody' })],
      ...fails('workload.service-account', /serviceaccount "nobody" not found/),
    },
    {
      service: 'quota',
      namespace: tight,
      objects: [plain('quota', tight)],
      ...fails('workload.quota', /its pods cannot be created: .*exceeded quota: no-pods/),
    },
    {
      service: 'quota-stateful',
      namespace: tight,
      objects: [set],
      ...fails(
        'workload.quota',
        /StatefulSet rows-quota\/quota-stateful: its pods cannot be created: .*exceeded quota/,
      ),
    },
    {
      service: 'forbidden-pods',
      objects: [plain('forbidden-pods')],
      ...fails('workload.admission', /its pods cannot be created: .*the rule of the house/),
    },
    {
      service: 'stuck-terminating',
      before: [recreated(deployment({ name: 'stuck-terminating', namespace: home, scenario: 'stuck-terminating' }))],
      objects: [recreated(plain('stuck-terminating'))],
      ...fails('pod.stuck-terminating', /1 old pods? do(es)? not end/),
    },
    {
      service: 'pod-security',
      namespace: strict,
      objects: [plain('pod-security', strict)],
      ...fails('workload.pod-security', /violates PodSecurity "restricted:latest"/),
    },
  ];
}

function settings(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
}

function ofFlux(home: string): FailureRow[] {
  const evolving = deployment({ name: 'immutable', namespace: home });
  const wrong = deployment({ name: 'wrong-type', namespace: home });
  const selector = { matchLabels: { app: 'immutable', tier: 'web' } };
  const template = {
    ...(at(evolving, 'spec', 'template') as Fields),
    metadata: { labels: selector.matchLabels },
  };
  return [
    {
      service: 'wrong-type',
      objects: [{ ...wrong, spec: { ...wrong.spec, replicas: 'many' } }],
      ...fails('flux.apply-failed', /Kustomization flux-system\/prod-wrong-type: .*wrong-type dry-run failed/),
    },
    {
      service: 'immutable',
      before: [evolving],
      objects: [{ ...evolving, spec: { ...evolving.spec, selector, template } }],
      ...fails('flux.apply-failed', /dry-run failed \(Invalid\): .*field is immutable/s),
    },
    {
      service: 'no-such-kind',
      objects: [{ apiVersion: 'shop.example.com/v1', kind: 'Basket', metadata: { name: 'basket' } }],
      ...fails('flux.apply-failed', /no matches for kind "Basket"/),
    },
    {
      service: 'refused',
      objects: [settings('forbidden')],
      ...fails('flux.apply-failed', /ConfigMap\/rows\/forbidden dry-run failed .*the rule of the house/),
    },
    {
      service: 'kept',
      before: [settings('kept-for-good'), settings('kept')],
      objects: [settings('kept')],
      ...fails('flux.prune-failed', /kept-for-good.*the rule of the house/s),
    },
    {
      service: 'substituted',
      objects: [settings('substituted')],
      ...fails('flux.build-failed', /ConfigMap.*variables.*not found/i),
    },
    { service: 'doubled', objects: [settings('doubled')], ...fails('flux.build-failed', /already registered id/) },
    {
      service: 'unreadable',
      objects: [settings('unreadable')],
      ...fails('flux.build-failed', /broken\.yaml/),
    },
  ];
}

function ofWaiting(home: string): FailureRow[] {
  const row = (service: string, told: Told): FailureRow => ({
    service,
    objects: [deployment({ name: service, namespace: home })],
    ...told,
  });
  return [
    row('suspended', waits('flux.suspended', /prod-suspended is suspended/)),
    row('dependent', waits('flux.dependency', /dependency .*nobody/)),
    row('folder-gone', waits('flux.artifact-failed', /path not found|no such file/)),
  ];
}

/** What a person has added to Kustomizations: ours are set again when the service is released, and theirs stay. */
const additions: Readonly<Record<string, Fields>> = {
  suspended: { suspend: true },
  dependent: { dependsOn: [{ name: 'nobody' }] },
  substituted: { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'variables' }] } },
  // Flux must not look at these before a person has spoilt their folders.
  doubled: { suspend: true },
  unreadable: { suspend: true },
  'folder-gone': { suspend: true },
};

/** The files of Kustomizations that are there before the first release. */
export function handMade(home: string): Readonly<Record<string, string>> {
  const files = Object.entries(additions).map(([service, added]): [string, string] => {
    const file = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: `prod-${service}`, namespace: 'flux-system' },
      spec: {
        path: `./prod/releases/${home}/${service}`,
        sourceRef: { kind: 'GitRepository', name: 'flux-system' },
        interval: '30m',
        prune: true,
        ...added,
      },
    };
    return [layout.kustomization('prod', home, service), stringify(file)];
  });
  return Object.fromEntries(files);
}

/** A person spoils released folders in ways that no artifact could, and lets Flux look at them. */
export async function spoilByHand(clone: ConfigClone, home: string): Promise<void> {
  await clone.pull();
  const folder = (service: string): string => layout.release('prod', home, service);
  const put = (path: string, text: string): Edit => ({ kind: 'put', path, content: Buffer.from(text) });
  const resumed = ['doubled', 'unreadable', 'folder-gone'].map(async (service) => {
    const path = layout.kustomization('prod', home, service);
    const text = Buffer.from((await clone.read(path)) ?? []).toString();
    return put(path, text.replace('suspend: true', 'suspend: false'));
  });
  const edits: Edit[] = [
    put(`${folder('doubled')}/again.yaml`, stringify(settings('doubled'))),
    put(`${folder('unreadable')}/broken.yaml`, 'kind: [ConfigMap'),
    { kind: 'remove', path: folder('folder-gone') },
  ];
  await clone.commit([...edits, ...(await Promise.all(resumed))], 'By hand');
}
