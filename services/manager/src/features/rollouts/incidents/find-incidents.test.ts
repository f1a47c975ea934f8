import { describe, expect, test } from 'vitest';

import { container, crashed, deployment, pod } from '../facts.testing.ts';
import { judgeCluster } from '../verdict/judge-cluster.ts';
import { at, release, subject } from '../verdict/subject.testing.ts';
import { findIncidents, type Incident } from './find-incidents.ts';

const live = deployment('web', { release });

function verdicts(pods: readonly ReturnType<typeof pod>[], seconds = 0, daemon = {}) {
  const base = subject({ workloads: [live], pods }, { now: at(seconds) });
  const facts = {
    ...base.facts,
    daemon: { heardAt: at(seconds), synced: true, isBehind: false, unwatched: [], ...daemon },
  };
  return new Map([['eu', judgeCluster({ ...base, facts })]]);
}

const dead = (index: number, restarts: number) => pod('web', index, { ready: false, containers: [crashed(restarts)] });
const open: Incident = {
  id: 'inc_1',
  cluster: 'eu',
  object: 'Deployment shop/web',
  why: { code: 'pod.crash-loop', message: 'x' },
  restarts: { 'uid-pod-web-0/app': 1 },
  times: 1,
  openedAt: at(-60),
};

describe('after a release was healthy', () => {
  test('the first crash of a workload opens one incident, whichever pods have it', () => {
    expect(findIncidents(verdicts([dead(0, 1), dead(1, 1)]), [])).toMatchObject([
      {
        kind: 'open',
        cluster: 'eu',
        object: 'Deployment shop/web',
        why: { code: 'pod.crash-loop', pod: 'web-0' },
        restarts: { 'uid-pod-web-0/app': 1, 'uid-pod-web-1/app': 1 },
      },
    ]);
  });

  test('a container that is up again has crashed all the same', () => {
    const up = container({ restarts: 1, last: { exitCode: 1, finishedAt: '2026-03-01T11:59:59Z' } });
    expect(findIncidents(verdicts([pod('web', 0, { containers: [up] }), pod('web', 1)]), [])).toMatchObject([
      { kind: 'open' },
    ]);
  });

  test('the same restart is counted once, a further one again, another pod’s too', () => {
    expect(findIncidents(verdicts([dead(0, 1)]), [open])).toEqual([]);
    expect(findIncidents(verdicts([dead(0, 2)]), [open])).toMatchObject([{ kind: 'again', crashes: 1 }]);
    expect(findIncidents(verdicts([dead(0, 2), dead(1, 1)]), [open])).toMatchObject([{ kind: 'again', crashes: 2 }]);
  });

  test('it is over when nothing is wrong any more, and not because nobody says anything', () => {
    const well = [pod('web', 0), pod('web', 1)];
    expect(findIncidents(verdicts(well), [open])).toEqual([{ kind: 'close', incident: open }]);
    expect(findIncidents(verdicts(well, 0, { synced: false }), [open])).toEqual([]);
  });

  test('what may yet pass is none', () => {
    const pending = pod('web', 0, {
      phase: 'Pending',
      ready: false,
      containers: [
        { name: 'app', image: 'x', role: 'main', ready: false, restarts: 0, waiting: { reason: 'ErrImagePull' } },
      ],
    });
    expect(findIncidents(verdicts([pending, pod('web', 1)]), [])).toEqual([]);
  });
});
