import { describe, expect, it } from 'vitest';

import { makeArtifact, type MadeArtifact } from '../support/make-artifact.ts';
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

describe('of two builds of main', () => {
  const build = (run: number): Promise<MadeArtifact> => makeArtifact({ service: 'web', branch: 'main', run });

  /** The older one went out and then the newer one, but for what is said otherwise. */
  async function seeBoth(older: Partial<ReleaseRow>, newer: Partial<ReleaseRow>): Promise<string[]> {
    const artifacts = [await build(1), await build(2)];
    const rows = [older, newer].map((difference, index): ReleaseRow => {
      const id = `rel_${index + 1}`;
      const place = { environment: 'dev', queue_seq: String(index + 1), commit_sha: `c${index + 1}` };
      const artifact = { artifact_id: artifacts[index]?.spec.id ?? '' };
      return { ...row, id, ...place, ...artifact, automatic: true, ...difference };
    });
    const committed = rows.filter(({ commit_sha: sha }) => sha !== null);
    const last = committed.at(-1);
    return findWrongs(
      {
        releases: rows,
        artifacts: artifacts.map(({ spec }) => ({ id: spec.id, service: 'web', state: 'ready', zip_sha256: '' })),
        openAttempts: 0,
        committedEntries: new Map(committed.map(({ id }) => [id, 1])),
        commits: committed.map(({ id, commit_sha: sha }) => ({ sha: sha ?? '', releaseId: id, target: 'dev/web' })),
        folders: new Map([['dev/web', { releaseId: last?.id ?? '', artifactId: last?.artifact_id ?? '' }]]),
      },
      { artifacts, outcomes: [] },
    );
  }
  const stopped = { state: 'superseded', commit_sha: null };

  it('lets both go out, or the older one give way', async () => {
    expect(await seeBoth({}, {})).toEqual([]);
    expect(await seeBoth({ ...stopped, superseded_by: 'rel_2' }, {})).toEqual([]);
    expect(await seeBoth({ ...stopped, superseded_by: (await build(2)).spec.id }, {})).toEqual([]);
  });

  it('sees that the newer one gave way, or the older one to nothing newer', async () => {
    const oldest = (await build(1)).spec.id;
    expect(await seeBoth({}, { ...stopped, superseded_by: 'rel_1' })).toContain(
      `rel_2 gave way to ${oldest}, which is not newer`,
    );
    expect(await seeBoth({}, { ...stopped, superseded_by: 'rel_1' })).toContain(
      'the newest build of web did not go out by itself',
    );
    expect(await seeBoth({ ...stopped, superseded_by: oldest }, {})).toEqual([
      `rel_1 gave way to ${oldest}, which is not newer`,
    ]);
  });
});
