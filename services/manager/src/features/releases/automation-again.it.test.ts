import { jsonb } from '@release-manager/postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { ArtifactRecords, type Artifact } from '../artifacts/index.ts';

let room: ReleaseRoom;

beforeEach(async () => {
  const rule = (environment: string) => `  - { kind: auto-release, branch: main, environment: ${environment} }\n`;
  room = await openReleaseRoom({ policies: { web: `service: web\npolicies:\n${rule('dev')}${rule('prod')}` } });
});
afterEach(() => room.close());

/** What verification says of the dev folder of the artifact. */
async function judgeDev(artifact: Artifact, verdict: 'rejected' | 'ready', at = new Date()): Promise<Artifact> {
  const { dev } = artifact.environments;
  const since = verdict === 'ready' ? { readySince: at.toISOString() } : {};
  const environments = { ...artifact.environments, dev: { ...dev, state: verdict, ...since } };
  const { db } = room.database;
  await db('artifacts')
    .where({ id: artifact.id })
    .update({ environments: jsonb(environments) });
  const found = await new ArtifactRecords(db).find(artifact.id);
  if (found === undefined) throw new Error('the artifact is gone');
  return found;
}

const statesIn = (environment: string): Promise<string[]> =>
  room.database.db('releases').where({ environment }).orderBy('seq').pluck<string[]>('state');

test('an environment that became ready later is released by itself once, and the others never a second time', async () => {
  const rejected = await judgeDev(await room.artifact({ service: 'web', text: 'one' }), 'rejected');
  expect(await room.automate(rejected)).toHaveLength(2);
  await room.write();
  expect(await statesIn('dev')).toEqual(['denied']);
  expect(await statesIn('prod')).toEqual(['committed']);

  const ready = await judgeDev(rejected, 'ready');
  // Jobs come at least once.
  for (const times of [1, 0, 0]) expect(await room.automate(ready)).toHaveLength(times);
  await room.write();
  expect(await statesIn('dev')).toEqual(['denied', 'committed']);
  expect(await statesIn('prod')).toEqual(['committed']);
  expect(await room.automate(ready)).toEqual([]);
});

test('what a newer build has overtaken meanwhile is recorded as superseded by it', async () => {
  const older = await judgeDev(await room.artifact({ service: 'web', text: 'one', run: 1 }), 'rejected');
  await room.automate(older);
  await room.automate(await room.artifact({ service: 'web', text: 'two', run: 2 }));
  await room.write();
  await room.automate(await judgeDev(older, 'ready'));
  await room.write();
  expect(await statesIn('dev')).toEqual(['denied', 'committed', 'superseded']);
  expect(await statesIn('prod')).toEqual(['superseded', 'committed']);
});

test('what a rule denied is not asked for again because of another environment', async () => {
  await room.personPushes({
    'release-manager.yaml': `environments:\n  - { name: dev }\n  - { name: prod }\npolicies:\n  - { kind: branch-restriction, environment: prod, branch: release }\n`,
  });
  await room.repo.refresh();
  const rejected = await judgeDev(await room.artifact({ service: 'web', text: 'one' }), 'rejected');
  await room.automate(rejected);
  expect(await statesIn('prod')).toEqual(['denied']);
  expect(await room.automate(await judgeDev(rejected, 'ready'))).toHaveLength(1);
  expect(await statesIn('prod')).toEqual(['denied']);
  expect(await statesIn('dev')).toEqual(['denied', 'queued']);
});
