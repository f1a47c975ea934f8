import type { ContainerFacts, PodFacts } from '@release-manager/contract';
import { expect, it } from 'vitest';

import { crashesOf } from './crash.ts';

function podWith(container: Partial<ContainerFacts>, pod: Partial<PodFacts> = {}): PodFacts {
  return {
    type: 'pod',
    object: { group: '', kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u', resourceVersion: '1' },
    service: 'web',
    createdAt: '2026-01-01T00:00:00Z',
    phase: 'Running',
    ready: false,
    containers: [{ name: 'app', image: 'x', role: 'main', ready: false, restarts: 0, ...container }],
    ...pod,
  };
}

const ended = { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' };

it.each([
  ['waits in its back-off', { waiting: {}, last: ended, restarts: 2 }, { run: 2, stream: 'previous' }],
  ['runs again', { running: {}, last: ended, restarts: 2 }, { run: 1, stream: 'previous' }],
  ['has just ended', { terminated: ended, last: { exitCode: 0 }, restarts: 2 }, { run: 2, stream: 'current' }],
  ['ended and says no time', { terminated: { exitCode: 137 }, restarts: 1 }, { run: 1, death: 'run 1' }],
])('a container that %s', (_, container, expected) => {
  expect(crashesOf(podWith(container))).toEqual([expect.objectContaining({ container: 'app', ...expected })]);
});

it('what ended well, runs for the first time, or is being deleted did not crash', () => {
  expect(crashesOf(podWith({ terminated: { exitCode: 0 } }))).toEqual([]);
  expect(crashesOf(podWith({ running: {} }))).toEqual([]);
  expect(crashesOf(podWith({ terminated: ended }, { terminating: '2026-01-01T00:00:00Z' }))).toEqual([]);
});
