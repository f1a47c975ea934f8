import { join } from 'node:path';

import type { Database } from '@release-manager/postgres';
import { testDatabase } from '@release-manager/testing';
import { describe, expect, it } from 'vitest';

import { createRandom } from '../support/random.ts';
import { killAndRestart } from './support/killer.ts';
import {
  actors,
  eventually,
  prepare,
  rollBackAndMerge,
  setRollbackScene,
  tidyUp,
  type Past,
  type RollbackAnswer,
  type RollbackScene,
} from './support/rollback-scene.ts';
import { findRollbackWrongs, readRollbackTruth } from './support/rollback-truth.ts';

interface LedgerEntry {
  readonly id: string;
  readonly at: Date;
  readonly service: string;
  readonly cause: string;
}

const kills = 5;
/** `KILL_SEEDS=7,8,9` runs others, as a run that failed names them. */
const seeds = (process.env['KILL_SEEDS'] ?? '1,2,3').split(',').map(Number);

/** Kills and rollbacks at once; resolves when all who asked have their answers. */
async function act({ folder, git, settings }: RollbackScene, seed: number, pasts: ReadonlyMap<string, Past>) {
  const ready = Promise.withResolvers<string>();
  const killed = killAndRestart({
    settings,
    home: folder,
    logFile: join(folder, 'manager.log'),
    random: createRandom(seed + 1_000),
    kills,
    git,
    onReady: ready.resolve,
  });
  killed.catch(ready.reject);
  const url = await ready.promise;
  const answers = new Map<string, RollbackAnswer>();
  const acting = actors.map(async (actor, index) => {
    const past = pasts.get(actor.service);
    if (past === undefined) throw new Error(`${actor.service} has no past`);
    const random = createRandom(seed * 100 + index);
    answers.set(actor.service, await rollBackAndMerge(url, actor, { past, random, seed }));
  });
  const [aftermath] = await Promise.all([killed, ...acting]);
  return { answers, ...aftermath };
}

/** Until every release has come to where it stays, and every file says what its rows say. */
async function isQuiet({ db }: Database): Promise<boolean> {
  const releases = await db('releases').whereIn('state', ['requested', 'queued']).select('id');
  const artifacts = await db('artifacts').whereIn('state', ['pending', 'uploaded']).select('id');
  // What main built has a job until automation has looked at it.
  const missing = await db('artifacts')
    .where({ branch: 'main', state: 'ready' })
    .whereNot('service', 'like', 'thief-%')
    .whereNotIn('id', db('releases').where({ automatic: true }).select('artifact_id'))
    .select('id');
  const files = await db('state_files').whereRaw('version > written_version').select('service');
  return releases.length + artifacts.length + missing.length + files.length === 0;
}

/** What the record has of the services that something is wrong with: a run like this one does not come again. */
async function words({ db }: Database, wrongs: readonly string[], struck: readonly string[]): Promise<string[]> {
  const services = actors.map(({ service }) => service).filter((name) => wrongs.some((wrong) => wrong.includes(name)));
  const entries = await db<LedgerEntry>('ledger').whereIn('service', services).orderBy(['service', 'id']);
  return [
    `killed ${struck.join('; ')}`,
    ...entries.map(({ at, service, cause }) => `${at.toISOString()} ${service}: ${cause}`),
  ];
}

describe.each(seeds)('kill -9 during rollbacks, seed %i', (seed) => {
  it('leaves each done with its hold and quarantine, or refused with neither; nothing automatic slips through', async () => {
    const test = await testDatabase();
    const { database } = test;
    const scene = await setRollbackScene(test.url);
    const isCommitted = async (artifact: string): Promise<boolean> =>
      (await database.db('releases').where({ artifact_id: artifact }).whereNotNull('commit_sha').first('id')) !==
      undefined;
    const pasts = await prepare(scene, isCommitted);
    const { answers, survivor, struck } = await act(scene, seed, pasts);
    await eventually(() => isQuiet(database));
    await survivor.end('SIGTERM');

    const truth = await readRollbackTruth(database, scene.git);
    const wrongs = findRollbackWrongs(truth, pasts, answers);
    expect(wrongs.length === 0 ? [] : [...wrongs, ...(await words(database, wrongs, struck))]).toEqual([]);
    // Every way to end was taken, or the seed proves less than it says.
    const states = truth.releases.filter(({ intent }) => intent === 'rollback').map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['committed', 'denied']));
    await test.drop();
    await tidyUp(scene);
  });
});
