import { expect, it } from 'vitest';

import { actors, type Past, type RollbackAnswer } from './support/rollback-scene.ts';
import { findRollbackWrongs, type RollbackTruth } from './support/rollback-truth.ts';

const at = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-01T00:00:01Z');
const [first] = actors;
const service = first?.service ?? '';

const pasts = new Map<string, Past>(actors.map((actor) => [actor.service, { good: 'good', bad: 'bad' }]));
const answers = new Map(
  actors.map((actor) => [
    actor.service,
    { outcome: 'accepted', release: { id: `rel_${actor.service}` } } as RollbackAnswer,
  ]),
);

function release(name: string, more: Partial<RollbackTruth['releases'][number]> = {}) {
  return {
    id: `rel_${name}`,
    service: name,
    environment: 'prod',
    artifact_id: 'good',
    automatic: false,
    intent: 'rollback',
    state: 'committed',
    requested_at: at,
    commit_sha: 'c',
    ...more,
  };
}

/** Every service rolled back, as it has to be. */
function truth(more: Partial<RollbackTruth> = {}): RollbackTruth {
  const names = actors.map((actor) => actor.service);
  const stop = (name: string, environment: string) => ({
    service: name,
    environment,
    artifact_id: 'bad',
    provisional: false,
  });
  return {
    releases: names.map((name) => release(name)),
    rollbacks: names.map((name) => ({
      service: name,
      release_id: `rel_${name}`,
      from_artifact_id: 'bad',
      to_artifact_id: 'good',
      cancelled: [],
      accepted_at: at,
    })),
    holds: names.map((name) => stop(name, 'prod')),
    quarantines: names.flatMap((name) => [stop(name, 'dev'), stop(name, 'prod')]),
    pushes: names.map((name) => ({ release_id: `rel_${name}`, created_at: later })),
    said: () => new Set(),
    commits: new Map(names.map((name) => [name, [`rel_${name}`]])),
    stateFile: () => '{ "hold": {}, "quarantines": ["bad"] }',
    inFolder: () => 'good',
    ...more,
  };
}

const wrongs = (more?: Partial<RollbackTruth>): string[] => findRollbackWrongs(truth(more), pasts, answers);
/** All rows but those of the first service. */
const without = <Row extends { readonly service: string }>(rows: readonly Row[]): Row[] =>
  rows.filter((row) => row.service !== service);

it('finds nothing wrong where all is well', () => {
  expect(wrongs()).toEqual([]);
});

const cases: readonly (readonly [what: string, change: Partial<RollbackTruth>, words: RegExp])[] = [
  ['a rollback that is on record twice', { rollbacks: [...truth().rollbacks, ...truth().rollbacks] }, /2 times/],
  ['one that was never committed', { commits: new Map() }, /in 0 commits/],
  ['one in two commits', { commits: new Map([[service, [`rel_${service}`, `rel_${service}`]]]) }, /in 2 commits/],
  ['one that is stuck', { releases: [release(service, { state: 'queued' })] }, /is queued/],
  ['a hold that is gone', { holds: without(truth().holds) }, /0 holds/],
  [
    'a hold that never became firm',
    { holds: truth().holds.map((hold) => ({ ...hold, provisional: true })) },
    /not firm/,
  ],
  ['a quarantine that is gone', { quarantines: without(truth().quarantines) }, /0 quarantines/],
  ['a state file without its hold', { stateFile: () => '{ "quarantines": ["bad"] }' }, /no hold/],
  ['a folder that holds something else', { inFolder: () => 'bad' }, /production holds bad/],
  [
    'a refused one that left its hold',
    { releases: [release(service, { state: 'denied', commit_sha: null })], commits: new Map() },
    /it was refused, and 3 holds/,
  ],
  [
    'a refused one that nobody explains',
    { releases: [release(service, { state: 'denied', commit_sha: null })], commits: new Map() },
    /does not say that it was denied/,
  ],
  [
    'automation that slipped through',
    {
      releases: [...truth().releases, release(service, { id: 'rel_auto', automatic: true, intent: 'auto' })],
      pushes: [{ release_id: 'rel_auto', created_at: later }],
    },
    /was sent after the rollback/,
  ],
];

it.each(cases)('finds %s', (_what, change, words) => {
  expect(wrongs(change).join('\n')).toMatch(words);
});
