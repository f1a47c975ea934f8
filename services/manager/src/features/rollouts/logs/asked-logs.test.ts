import { expect, test } from 'vitest';

import { container, crashed, pod } from '../facts.testing.ts';
import { pickContainers, type AskedLogs, type KnownPod } from './asked-logs.ts';

const all: AskedLogs = { previous: false, lines: 100 };
const known = (...facts: KnownPod['facts'][]): KnownPod[] => facts.map((one) => ({ cluster: 'eu', facts: one }));
const picked = (pods: KnownPod[], asked: Partial<AskedLogs> = {}): string[] =>
  pickContainers(pods, { ...all, ...asked }, 'web in dev').targets.map((target) => `${target.pod}/${target.container}`);

test('what is not well comes first, then what is newest, and what has ended at last', () => {
  const done = pod('web', 0, { phase: 'Succeeded', createdAt: '2026-03-01T15:00:00Z' });
  const old = pod('web', 1, { createdAt: '2026-03-01T10:00:00Z' });
  const young = pod('web', 2, { createdAt: '2026-03-01T14:00:00Z' });
  const ill = pod('web', 3, { createdAt: '2026-03-01T09:00:00Z', containers: [crashed(2)] });
  const going = pod('web', 4, { createdAt: '2026-03-01T16:00:00Z', terminating: '2026-03-01T16:00:30Z' });
  expect(picked(known(done, old, young, ill, going))).toEqual([
    'web-3/app',
    'web-2/app',
    'web-1/app',
    'web-4/app',
    'web-0/app',
  ]);
});

test('init containers that did their work are not asked, unless somebody names them', () => {
  const init = container({ name: 'migrate', role: 'init', terminated: { exitCode: 0 } });
  const stuck = container({ name: 'wait', role: 'init' });
  const pods = known(
    pod('web', 0, { containers: [init, stuck, container({ name: 'proxy', role: 'sidecar' }), container()] }),
  );
  expect(picked(pods)).toEqual(['web-0/wait', 'web-0/proxy', 'web-0/app']);
  expect(picked(pods, { container: 'migrate' })).toEqual(['web-0/migrate']);
});

test('the run before the last one is asked of what was restarted', () => {
  const pods = known(pod('web', 0), pod('web', 1, { containers: [crashed(1)] }));
  expect(picked(pods, { previous: true })).toEqual(['web-1/app']);
});

test('a refusal names what there is', () => {
  const pods = known(...Array.from({ length: 12 }, (_, index) => pod('web', index)));
  expect(() => picked(pods, { pod: 'web' })).toThrow(
    expect.objectContaining({ next: expect.stringMatching(/^its pods are web-0, web-1, .*, 2 more$/) as string }),
  );
  expect(() => picked(pods, { container: 'db' })).toThrow(
    expect.objectContaining({ next: 'name one with --container: app' }),
  );
});
