import { releaseStates } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { deploymentStatusOf, type DeployedRelease } from './deployment-status.ts';

const release = (over: Partial<DeployedRelease>): DeployedRelease => ({
  state: 'healthy',
  isWatched: true,
  isReplaced: false,
  ...over,
});

describe('what GitHub is told of a release', () => {
  it.each([
    ['requested', {}, { state: 'queued', description: 'requested', begins: false }],
    [
      'waiting',
      { waitsFor: 'the window\n opens at 09:00' },
      { state: 'queued', description: 'waits: the window opens at 09:00', begins: false },
    ],
    [
      'denied',
      { failure: 'branch-restriction' },
      { state: 'error', description: 'denied: branch-restriction', begins: false },
    ],
    ['cancelled', {}, { state: 'inactive', description: 'cancelled before it was committed', begins: false }],
    ['superseded', { supersededBy: 'rel_2' }, { state: 'inactive', description: 'superseded: rel_2', begins: false }],
    ['queued', {}, { state: 'queued', description: 'queued for its commit into the config repo', begins: true }],
    ['committed', {}, { state: 'in_progress', description: 'committed; Flux has not applied it yet', begins: true }],
    [
      'committed',
      { isWatched: false },
      { state: 'success', description: 'committed; no daemon says what became of it', begins: true },
    ],
    [
      'committed',
      { isWatched: false, isReplaced: true },
      { state: 'inactive', description: 'replaced by a later release', begins: true },
    ],
    [
      'applied',
      {},
      { state: 'in_progress', description: 'applied by Flux; its workloads are not rolled out yet', begins: true },
    ],
    [
      'rolling-out',
      { waitsFor: '3 of 5 pods' },
      { state: 'in_progress', description: 'rolling out: 3 of 5 pods', begins: true },
    ],
    ['healthy', {}, { state: 'success', description: 'healthy: it runs', begins: true }],
    ['healthy', { isReplaced: true }, { state: 'inactive', description: 'replaced by a later release', begins: true }],
    ['healthy', { rolledBackBy: 'rel_3' }, { state: 'inactive', description: 'rolled back by rel_3', begins: true }],
    [
      'failed',
      { failure: 'ImagePullBackOff' },
      { state: 'failure', description: 'failed: ImagePullBackOff', begins: true },
    ],
    [
      'failed',
      { rolledBackBy: 'rel_3' },
      { state: 'failure', description: 'failed, and rolled back by rel_3', begins: true },
    ],
  ] as const)('%s %j is %j', (state, over, expected) => {
    expect(deploymentStatusOf(release({ state, ...over }))).toEqual(expected);
  });

  it('knows each state', () => {
    for (const state of releaseStates) expect(deploymentStatusOf(release({ state })).description).not.toBe('');
  });
});
