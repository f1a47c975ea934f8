import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import { ReleaseStore } from '../release-store.ts';
import { startConfigRepoWriter } from './config-repo-writer.ts';

let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom();
});
afterAll(() => room.close());

/** Resolves with the state of the release once it has left the queue; the ledger's notifications are what it waits for. */
async function leavesQueue(id: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const look = async (): Promise<void> => {
    const release = await new ReleaseStore(room.database.db).find(id);
    if (release !== undefined && release.state !== 'queued') resolve(release.state);
  };
  const listening = await room.database.listen('ledger', () => void look());
  await look();
  const state = await promise;
  await listening.close();
  return state;
}

test('two writers on one database take turns: each release is one commit, and the second goes on when the first has ended', async () => {
  const first = await startConfigRepoWriter(room.deps);
  const second = await startConfigRepoWriter(room.deps);
  const release = async (text: string): Promise<string> => {
    const artifact = await room.artifact({ service: 'web', text });
    const request = { service: 'web', environments: ['dev'], what: { artifact: artifact.id } };
    const { outcomes } = await room.service.request(ada, request);
    return outcomes[0]?.release?.id ?? '';
  };

  const one = await release('one');
  expect(await leavesQueue(one)).toBe('committed');
  await first.stop();
  const two = await release('two');
  expect(await leavesQueue(two)).toBe('committed');
  await second.stop();

  const commits = await room.git('log', '--format=%(trailers:key=Release-Id,valueonly)', 'main');
  expect(commits.split('\n').filter((line) => line !== '')).toEqual([two, one]);
});
