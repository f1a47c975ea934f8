import { expect, it } from 'vitest';

import { findWrongs } from './support/check-truth.ts';
import type { ReleaseRow, Truth } from './support/read-truth.ts';

const row: ReleaseRow = {
  id: 'rel_1',
  service: 'web',
  environment: 'prod',
  artifact_id: 'main-1',
  automatic: false,
  state: 'committed',
  queue_seq: '1',
  commit_sha: 'c1',
  superseded_by: null,
  decision: { verdict: 'allowed' },
};
const commit = { sha: 'c1', releaseId: 'rel_1', target: 'prod/web' };
const honest: Truth = {
  releases: [row],
  artifacts: [],
  openAttempts: 0,
  committedEntries: new Map([['rel_1', 1]]),
  commits: [commit],
  folders: new Map([['prod/web', { releaseId: 'rel_1', artifactId: 'main-1' }]]),
};
const memory = { artifacts: [], outcomes: [{ releaseId: 'rel_1', environment: 'prod', outcome: 'accepted' }] };

it('has nothing to say of what is as it was promised', () => {
  expect(findWrongs(honest, memory)).toEqual([]);
});

const second = { ...row, id: 'rel_2', queue_seq: '2', commit_sha: 'c2' };

it.each<readonly [string, Partial<Truth>]>([
  ['a release that was accepted and is not recorded', { releases: [] }],
  ['a release that is in two commits', { commits: [commit, { ...commit, sha: 'c9' }] }],
  ['a release that is said to be committed and is in none', { commits: [], folders: new Map() }],
  ['a release that is still queued', { releases: [{ ...row, state: 'queued', commit_sha: null }] }],
  ['a release that the ledger has twice', { committedEntries: new Map([['rel_1', 2]]) }],
  ['a release of a person that was superseded', { releases: [{ ...row, state: 'superseded', commit_sha: null }] }],
  ['a release that was denied after all', { releases: [{ ...row, state: 'denied', commit_sha: null }] }],
  [
    'a folder that holds another release',
    { folders: new Map([['prod/web', { releaseId: 'x', artifactId: 'main-1' }]]) },
  ],
  ['a folder that is gone', { folders: new Map() }],
  ['a commit of a release that nobody asked for', { commits: [commit, { ...commit, releaseId: 'rel_9' }] }],
  ['a push that is in doubt', { openAttempts: 1 }],
  [
    'a release that overtook another',
    { releases: [row, second], commits: [{ ...commit, sha: 'c2', releaseId: 'rel_2' }, commit] },
  ],
])('sees %s', (_, difference) => {
  expect(findWrongs({ ...honest, ...difference }, memory)).not.toEqual([]);
});
