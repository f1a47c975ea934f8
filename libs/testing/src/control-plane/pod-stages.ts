import type { Fields, KubeObject } from './kube-object.ts';

/**
 * What a pod with the label `scenario` does instead of becoming ready. The label may stand in the pod template, or be patched
 * onto a running pod (the healthy one crashes) and taken off again (it recovers).
 *
 * | scenario | what a kubelet would write |
 * | --- | --- |
 * | `crash-loop` | CrashLoopBackOff, exit code 1; one restart more every ten seconds |
 * | `oom-killed` | the same, with exit code 137, OOMKilled |
 * | `liveness-failed` | the same, with exit code 137, Error, and the event Unhealthy |
 * | `never-ready` | running and not ready, and the event Unhealthy |
 * | `image-pull` | ErrImagePull, a second later ImagePullBackOff |
 * | `config-error` | CreateContainerConfigError: `configmap "settings" not found` |
 * | `start-error` | RunContainerError: no such executable |
 * | `mount-failed` | ContainerCreating for ever, and the event FailedMount |
 * | `init-crash` | CrashLoopBackOff of every init container; the others wait as PodInitializing |
 * | `job-failed` | phase Failed, exit code 1: Kubernetes counts it against `backoffLimit` |
 * | `evicted` | phase Failed, reason Evicted; only for a running pod: a template with it makes new pods without end |
 * | `stuck-terminating` | ready, and never gone once deleted (`delete` with `force` ends it) |
 *
 * Pods without it are ready at once, or after the time in their annotation `ready-delay` (`500ms`); those of Jobs succeed, after
 * their annotation `run-for`. What needs no kubelet is real: unschedulable, quota, missing volumes claims, deadlines.
 */
export const scenarios = [
  'crash-loop',
  'oom-killed',
  'liveness-failed',
  'never-ready',
  'image-pull',
  'config-error',
  'start-error',
  'mount-failed',
  'init-crash',
  'job-failed',
  'evicted',
  'stuck-terminating',
] as const;
export type Scenario = (typeof scenarios)[number];

/** The stages that play all of the above. */
export function podStages(): KubeObject[] {
  return [
    stage('pod-ready', {
      when: [alive, phase('Pending', 'Running'), not(ready), notScenario(...scenarios.slice(0, -1))],
      delayFrom: 'ready-delay',
      status: `${started}${conditions({ initialized: true, ready: true })}${containers(running(true))}${initContainersDone}phase: Running\n`,
    }),
    stage('pod-complete', {
      when: [
        alive,
        phase('Running'),
        ready,
        { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
      ],
      delayFrom: 'run-for',
      status: `${conditions({ initialized: true, ready: false })}${containers(terminated(0, 'Completed'))}phase: Succeeded\n`,
    }),
    stage('pod-delete', { when: [deleted, notScenario('stuck-terminating')], next: { delete: true } }),
    ...crash('crash-loop', 1, 'Error', backOff),
    ...crash('oom-killed', 137, 'OOMKilled', backOff),
    ...crash('liveness-failed', 137, 'Error', [
      'Unhealthy',
      'Liveness probe failed: HTTP probe failed with statuscode: 503',
    ]),
    stage('never-ready', {
      when: [alive, scenario('never-ready'), either(phase('Pending'), ready)],
      event: ['Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'],
      status: `${started}${conditions({ initialized: true, ready: false })}${containers(running(false))}${initContainersDone}phase: Running\n`,
    }),
    ...imagePull(),
    waitingFor('config-error', 'CreateContainerConfigError', 'configmap "settings" not found', [
      'Failed',
      'Error: configmap "settings" not found',
    ]),
    waitingFor('start-error', 'RunContainerError', 'exec: "/serve": stat /serve: no such file or directory', [
      'Failed',
      'Error: exec: "/serve": stat /serve: no such file or directory',
    ]),
    waitingFor('mount-failed', 'ContainerCreating', '', [
      'FailedMount',
      'MountVolume.SetUp failed for volume "settings" : configmap "settings" not found',
    ]),
    ...initCrash(),
    stage('job-failed', {
      when: [alive, scenario('job-failed'), phase('Pending', 'Running')],
      status: `${started}${conditions({ initialized: true, ready: false })}${containers(terminated(1, 'Error'))}phase: Failed\n`,
    }),
    stage('evicted', {
      when: [alive, scenario('evicted'), phase('Pending', 'Running')],
      event: ['Evicted', lowMemory],
      status: `${conditions({ initialized: true, ready: false })}${containers(terminated(137, 'Error'))}phase: Failed\nreason: Evicted\nmessage: ${JSON.stringify(lowMemory)}\n`,
    }),
  ];
}

const lowMemory = 'The node was low on resource: memory.';
type Event = readonly [reason: string, message: string];
const backOff: Event = ['BackOff', 'Back-off restarting failed container'];

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

const alive: Requirement = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const deleted: Requirement = { key: '.metadata.deletionTimestamp', operator: 'Exists' };
const ready: Requirement = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: 'In',
  values: ['True'],
};

function phase(...values: string[]): Requirement {
  return { key: '.status.phase', operator: 'In', values };
}

function scenario(name: Scenario): Requirement {
  return { key: '.metadata.labels["scenario"]', operator: 'In', values: [name] };
}

function notScenario(...names: Scenario[]): Requirement {
  return { key: '.metadata.labels["scenario"]', operator: 'NotIn', values: names };
}

function waiting(...reasons: string[]): Requirement {
  return { key: '.status.containerStatuses.[].state.waiting.reason', operator: 'In', values: reasons };
}

function not({ key, values = [] }: Requirement): Requirement {
  return { key, operator: 'NotIn', values };
}

/** Two requirements of the kind "one of these values": jq hands over the values of both. */
function either(one: Requirement, other: Requirement): Requirement {
  return {
    key: `(${one.key}), (${other.key})`,
    operator: 'In',
    values: [...(one.values ?? []), ...(other.values ?? [])],
  };
}

interface StageOptions {
  readonly when: readonly Requirement[];
  /** A template of the pod's status. */
  readonly status?: string;
  /** A Warning of the kubelet. */
  readonly event?: Event;
  readonly delayMs?: number;
  /** The annotation with the delay. */
  readonly delayFrom?: string;
  readonly next?: Fields;
}

function stage(name: string, { when, status, event, delayMs = 0, delayFrom, next = {} }: StageOptions): KubeObject {
  const from =
    delayFrom === undefined ? {} : { durationFrom: { expressionFrom: `.metadata.annotations["${delayFrom}"]` } };
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: { matchExpressions: when },
      delay: { durationMilliseconds: delayMs, ...from },
      next: {
        ...(event === undefined ? {} : { event: { type: 'Warning', reason: event[0], message: event[1] } }),
        ...(status === undefined ? {} : { statusTemplate: `${prelude}${status}` }),
        ...next,
      },
    },
  };
}

function crash(name: Scenario, exitCode: number, reason: string, event: Event): KubeObject[] {
  const message = 'back-off 10s restarting failed container';
  const crashed = (restarts: string): string =>
    `${started}${conditions({ initialized: true, ready: false })}${containers(
      `  restartCount: {{ add $restarts ${restarts} }}
  ready: false
  started: false
  state: { waiting: { reason: CrashLoopBackOff, message: ${JSON.stringify(message)} } }
  lastState: { ${dead(exitCode, reason)} }
`,
    )}${initContainersDone}phase: Running\n`;
  return [
    stage(name, {
      when: [alive, scenario(name), phase('Pending', 'Running'), not(waiting('CrashLoopBackOff'))],
      event,
      status: crashed('1'),
    }),
    stage(`${name}-again`, {
      when: [alive, scenario(name), phase('Running'), waiting('CrashLoopBackOff')],
      delayMs: 10_000,
      event: backOff,
      status: crashed('1'),
    }),
  ];
}

function imagePull(): KubeObject[] {
  const state = (reason: string, message: string): string =>
    `${conditions({ initialized: true, ready: false })}${containers(`  restartCount: 0
  ready: false
  started: false
  state: { waiting: { reason: ${reason}, message: {{ printf ${JSON.stringify(message)} $item.image | Quote }} } }
`)}phase: Pending\n`;
  return [
    stage('image-pull', {
      when: [alive, scenario('image-pull'), phase('Pending'), not(waiting('ErrImagePull', 'ImagePullBackOff'))],
      event: ['Failed', 'Failed to pull image: manifest unknown'],
      status: state('ErrImagePull', 'failed to resolve reference "%s": not found'),
    }),
    stage('image-pull-again', {
      when: [alive, scenario('image-pull'), phase('Pending'), waiting('ErrImagePull')],
      delayMs: 1_000,
      event: ['BackOff', 'Back-off pulling image'],
      status: state('ImagePullBackOff', 'Back-off pulling image "%s"'),
    }),
  ];
}

function waitingFor(name: Scenario, reason: string, message: string, event: Event): KubeObject {
  const said = message === '' ? '' : `, message: ${JSON.stringify(message)}`;
  return stage(name, {
    when: [alive, scenario(name), phase('Pending'), not(waiting(reason))],
    event,
    status: `${conditions({ initialized: true, ready: false })}${containers(`  restartCount: 0
  ready: false
  started: false
  state: { waiting: { reason: ${reason}${said} } }
`)}phase: Pending\n`,
  });
}

function initCrash(): KubeObject[] {
  const crashing: Requirement = {
    key: '.status.initContainerStatuses.[].state.waiting.reason',
    operator: 'In',
    values: ['CrashLoopBackOff'],
  };
  const status = `${conditions({ initialized: false, ready: false })}${containers(`  restartCount: 0
  ready: false
  started: false
  state: { waiting: { reason: PodInitializing } }
`)}initContainerStatuses:
{{ range $index, $item := .spec.initContainers }}
{{ $restarts := 0 }}
{{ if $root.status.initContainerStatuses }}{{ $restarts = (index $root.status.initContainerStatuses $index).restartCount }}{{ end }}
- name: {{ $item.name | Quote }}
  image: {{ $item.image | Quote }}
  imageID: ""
  restartCount: {{ add $restarts 1 }}
  ready: false
  started: false
  state: { waiting: { reason: CrashLoopBackOff, message: "back-off 10s restarting failed container" } }
  lastState: { ${dead(1, 'Error')} }
{{ end }}
phase: Pending
`;
  const when = [alive, scenario('init-crash'), phase('Pending')];
  return [
    stage('init-crash', { when: [...when, not(crashing)], event: backOff, status }),
    stage('init-crash-again', { when: [...when, crashing], delayMs: 10_000, event: backOff, status }),
  ];
}

/** Parts of templates: Go templates over the pod, which give YAML. */
const prelude = '{{ $now := Now }}\n{{ $root := . }}\n';
const started = 'startTime: {{ or .status.startTime $now | Quote }}\n';

function conditions({ initialized, ready: isReady }: { initialized: boolean; ready: boolean }): string {
  const condition = (type: string, status: boolean, reason?: string): string =>
    `- type: ${type}
  status: "${status ? 'True' : 'False'}"
  lastTransitionTime: {{ $now | Quote }}
  ${status || reason === undefined ? 'reason: ""' : `reason: ${reason}`}
`;
  return [
    'conditions:\n',
    condition('Initialized', initialized, 'ContainersNotInitialized'),
    condition('Ready', isReady, 'ContainersNotReady'),
    condition('ContainersReady', isReady, 'ContainersNotReady'),
    `{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
`,
  ].join('');
}

/** One status for every container; `$restarts` and `$last` are what the old one says. */
function containers(fields: string): string {
  return `containerStatuses:
{{ range $index, $item := .spec.containers }}
{{ $restarts := 0 }}
{{ $last := dict }}
{{ if $root.status.containerStatuses }}
{{ $old := index $root.status.containerStatuses $index }}
{{ $restarts = $old.restartCount }}
{{ $last = or $old.lastState $last }}
{{ end }}
- name: {{ $item.name | Quote }}
  image: {{ $item.image | Quote }}
  imageID: ""
${fields}{{ end }}
`;
}

function running(isReady: boolean): string {
  return `  restartCount: {{ $restarts }}
  ready: ${isReady}
  started: true
  state: { running: { startedAt: {{ $now | Quote }} } }
  lastState: {{ toJson $last }}
`;
}

function terminated(exitCode: number, reason: string): string {
  return `  restartCount: {{ $restarts }}
  ready: false
  started: false
  state: { ${dead(exitCode, reason)} }
`;
}

function dead(exitCode: number, reason: string): string {
  return `terminated: { exitCode: ${exitCode}, reason: ${reason}, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} }`;
}

const initContainersDone = `initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  restartCount: 0
  ready: true
  started: {{ eq (or .restartPolicy "") "Always" }}
  {{ if eq (or .restartPolicy "") "Always" }}
  state: { running: { startedAt: {{ $now | Quote }} } }
  {{ else }}
  state: { ${dead(0, 'Completed')} }
  {{ end }}
{{ end }}
`;
