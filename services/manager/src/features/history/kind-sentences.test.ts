import type { LedgerEntry } from '@release-manager/contract';
import { releaseStates } from '@release-manager/domain';
import { expect, it } from 'vitest';

import { hasSentence, sentenceOf, storyKinds } from './kind-sentences.ts';

const artifact = 'main-0123456789-abcdef0123';

function entry(over: Partial<LedgerEntry>): LedgerEntry {
  return {
    id: '1-1',
    at: '2026-05-04T10:00:00Z',
    kind: 'release.queued',
    actor: { kind: 'person', name: 'ada' },
    service: 'web',
    environment: 'prod',
    artifact,
    cause: 'as it was written',
    details: {},
    ...over,
  };
}

it.each<[Partial<LedgerEntry>, string]>([
  [{ kind: 'release.queued', from: 'requested' }, 'as it was written'],
  [{ kind: 'release.queued', from: 'waiting' }, 'it may go on: as it was written'],
  [{ kind: 'release.denied', from: 'queued' }, 'it was refused: as it was written'],
  [{ kind: 'release.waiting', from: 'queued' }, 'it waits: as it was written'],
  [
    { kind: 'release.committed', details: { commit: 'abcdef0123456789', replaced: 'main-1' } },
    'it was written to the config repo for prod as commit abcdef0123, in the place of main-1',
  ],
  [{ kind: 'release.committed' }, 'it was written to the config repo for prod'],
  [{ kind: 'release.applied', from: 'committed' }, 'Flux has applied it: as it was written'],
  [{ kind: 'release.rolling-out', from: 'applied' }, 'the cluster is rolling it out: as it was written'],
  [{ kind: 'release.healthy', from: 'rolling-out' }, 'it runs well: as it was written'],
  [{ kind: 'release.healthy', from: 'failed' }, 'it recovered: as it was written'],
  [{ kind: 'release.failed', from: 'rolling-out' }, 'it failed in the cluster: as it was written'],
  [{ kind: 'release.superseded', from: 'queued' }, 'it gave way: as it was written'],
  [{ kind: 'release.cancelled', from: 'queued' }, 'it was cancelled: as it was written'],
  [{ kind: 'release.rebuilt' }, 'after the loss of the database this was read from the config repo: as it was written'],
  [{ kind: 'release.recovered' }, 'it recovered: as it was written'],
  [{ kind: 'incident.opened' }, 'after it had run well it went wrong in prod: as it was written'],
  [{ kind: 'incident.closed' }, 'as it was written'],
  [{ kind: 'hold.set' }, 'as it was written'],
  [
    { kind: 'hold.expired', details: { reason: 'Easter' } },
    'the hold of prod came to its end; it was set because: Easter',
  ],
  [{ kind: 'hold.expired' }, 'the hold of prod came to its end'],
  [
    {
      kind: 'config-repo.hand-edit',
      details: { author: { name: 'Grace' }, subject: 'quick fix', commit: 'abcdef0123456789' },
    },
    'Grace changed web in prod by hand, past the release manager, in commit abcdef0123 (“quick fix”); the next release puts it back',
  ],
  [{ kind: 'config-repo.hand-edit' }, 'as it was written'],
  [{ kind: 'service.registered', environment: undefined }, 'web was registered by ada'],
  [{ kind: 'service.changed' }, 'ada: as it was written'],
  [{ kind: 'something.new' }, 'as it was written'],
])('%j', (over, sentence) => {
  expect(sentenceOf(entry(over))).toBe(sentence);
});

it('every state of a release has a sentence, whatever it came from, and none is empty', () => {
  for (const state of releaseStates)
    for (const from of [undefined, ...releaseStates])
      expect(sentenceOf(entry({ kind: `release.${state}`, from })).length).toBeGreaterThan(10);
});

it('the story is told of what a person cares for', () => {
  expect(storyKinds).toEqual(expect.arrayContaining(['release.queued', 'hold.set', 'config-repo.hand-edit']));
  expect(storyKinds).not.toContain('artifact.uploaded');
  expect(hasSentence('artifact.uploaded')).toBe(true);
});
