import type { ContainerFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import {
  booleanAt,
  countAt,
  fieldsAt,
  integerAt,
  isTrueAt,
  listAt,
  textAt,
  timeAt,
  type Fields,
} from '../objects/index.ts';
import { imageOf, nameOf, reasonOf, words } from './common.ts';

const mostContainers = 60;

/**
 * Every container of a pod: main ones, init ones and sidecars (init containers that restart always). One that the kubelet
 * has not spoken of yet is there as declared, neither ready nor started.
 */
export function containersOf(pod: Fields): ContainerFacts[] {
  const sidecars = new Set(
    listAt(pod, 'spec', 'initContainers')
      .filter((container) => textAt(container, 'restartPolicy') === 'Always')
      .map((container) => textAt(container, 'name')),
  );
  const init = listOf(pod, 'initContainers', 'initContainerStatuses').map((container) =>
    containerFacts(container, sidecars.has(textAt(container, 'name')) ? 'sidecar' : 'init'),
  );
  const main = listOf(pod, 'containers', 'containerStatuses').map((container) => containerFacts(container, 'main'));
  return [...init, ...main].filter((container) => container.name !== '').slice(0, mostContainers);
}

/** Declared containers, each with the fields of its status over its own. */
function listOf(pod: Fields, declared: string, reported: string): Fields[] {
  const statuses = new Map(listAt(pod, 'status', reported).map((status) => [textAt(status, 'name'), status]));
  const containers = listAt(pod, 'spec', declared);
  return containers.map((container) => ({
    ...statuses.get(textAt(container, 'name')),
    name: container['name'],
    image: container['image'],
  }));
}

function containerFacts(status: Fields, role: ContainerFacts['role']): ContainerFacts {
  const state = fieldsAt(status, 'state');
  return compact({
    name: nameOf(textAt(status, 'name')),
    image: imageOf(status),
    role,
    ready: isTrueAt(status, 'ready'),
    started: booleanAt(status, 'started'),
    restarts: countAt(status, 'restartCount') ?? 0,
    waiting: 'waiting' in state ? waitingOf(fieldsAt(state, 'waiting')) : undefined,
    running: 'running' in state ? compact({ startedAt: timeAt(state, 'running', 'startedAt') }) : undefined,
    terminated: 'terminated' in state ? terminatedOf(fieldsAt(state, 'terminated')) : undefined,
    last: terminatedOf(fieldsAt(status, 'lastState', 'terminated')),
  });
}

function waitingOf(waiting: Fields): ContainerFacts['waiting'] {
  return compact({ reason: reasonOf(textAt(waiting, 'reason')), message: words(textAt(waiting, 'message')) });
}

function terminatedOf(terminated: Fields): ContainerFacts['last'] {
  const exitCode = integerAt(terminated, 'exitCode');
  if (exitCode === undefined) return undefined;
  return compact({
    exitCode,
    // 0 is what is written where there was none.
    signal: integerAt(terminated, 'signal') || undefined,
    reason: reasonOf(textAt(terminated, 'reason')),
    message: words(textAt(terminated, 'message')),
    startedAt: timeAt(terminated, 'startedAt'),
    finishedAt: timeAt(terminated, 'finishedAt'),
  });
}
