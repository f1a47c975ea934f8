import { afterAll, beforeAll, expect, test } from 'vitest';

import { openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { readReleaseFolders } from './release-folders.ts';

let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom();
});
afterAll(() => room.close());

const release = { releaseId: 'rel_1', artifactId: 'x', intent: 'artifact', actor: 'ada', time: '2026-03-04T05:06:07Z' };

test('a file of a folder that is too large, or a folder that no service has, stops no other one', async () => {
  await room.personPushes({
    'dev/releases/shop/web/release.json': JSON.stringify(release),
    'dev/releases/shop/large/release.json': '#'.repeat(11 * 1024 * 1024),
    'dev/releases/shop/No Service/release.json': JSON.stringify(release),
  });
  const snapshot = await room.repo.refresh();
  const tree = room.repo.tree();
  if (tree === undefined) throw new Error('nothing was read');

  const folders = await readReleaseFolders(tree, snapshot);
  expect(folders.map(({ service, releaseId }) => [service, releaseId])).toEqual([
    ['large', undefined],
    ['web', 'rel_1'],
  ]);
});
