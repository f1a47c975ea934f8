import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { HandEditStore } from './hand-edit-store.ts';

let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom();
});
afterAll(() => room.close());

async function release(service: string, text: string): Promise<string> {
  const artifact = await room.artifact({ service, text });
  const request = { service, environments: ['dev'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, request);
  await room.write();
  return outcomes[0]?.release?.id ?? '';
}

interface Recorded {
  readonly service: string;
  readonly environment: string;
  readonly kind: string;
  readonly cause: string;
  readonly details: { readonly commit: string; readonly author: unknown; readonly path: string };
}

const recorded = (service: string): Promise<Recorded[]> =>
  room.database.db<Recorded>('ledger').where({ service, kind: 'config-repo.hand-edit' }).orderBy('id');

const pending = (service: string): Promise<readonly string[]> =>
  new HandEditStore(room.database.db).pending(service, 'dev');

const head = async (): Promise<string> => (await room.git('rev-parse', 'main')).trim();

async function look(): Promise<void> {
  await room.repo.refresh();
  await room.write();
}

test('our own releases, and the first look at a repository, are nobody’s hand edit', async () => {
  await release('own', 'one');
  await release('own', 'two');
  expect(await recorded('own')).toEqual([]);
});

test('each commit of a person in a release folder is recorded once, with author, before the next release replaces it', async () => {
  await release('edited', 'one');
  await room.personPushes({ 'dev/releases/shop/edited/config.yaml': 'kind: ConfigMap\n' });
  const first = await head();
  await room.personPushes({ 'notes.md': 'nothing of ours' });
  await room.personPushes({ 'dev/releases/shop/edited/extra.yaml': 'kind: ConfigMap\n' });
  const second = await head();
  await look();
  await look();

  const entries = await recorded('edited');
  expect(entries.map(({ details }) => details.commit)).toEqual([first, second]);
  expect(entries[0]).toMatchObject({
    environment: 'dev',
    details: { author: { name: 'Grace', email: 'grace@example.com' }, path: 'dev/releases/shop/edited' },
  });
  expect(await pending('edited')).toHaveLength(2);

  await release('edited', 'two');
  expect(await room.git('ls-tree', '--name-only', 'main', 'dev/releases/shop/edited/')).not.toContain('extra.yaml');
  expect(await recorded('edited')).toHaveLength(2);
  expect(await pending('edited')).toEqual([]);
});

test('a folder that a person removes is named, and comes back with the next release', async () => {
  await release('removed', 'one');
  const files = (await room.git('ls-tree', '-r', '--name-only', 'main', 'dev/releases/shop/removed'))
    .trim()
    .split('\n');
  await room.personPushes(Object.fromEntries(files.map((file) => [file, undefined])));
  await look();
  expect((await recorded('removed'))[0]?.cause).toContain('Grace changed dev/releases/shop/removed by hand');
  await release('removed', 'two');
  expect(await room.git('ls-tree', '-r', '--name-only', 'main', 'dev/releases/shop/removed')).toContain('release.json');
});

test('who is faster than a push is recorded before that push replaces what they did', async () => {
  await release('raced', 'one');
  let raced = false;
  room.server.beforeRequest(async ({ kind }) => {
    if (kind !== 'push' || raced) return 'none' as const;
    raced = true;
    await room.personPushes({ 'dev/releases/shop/raced/extra.yaml': 'kind: ConfigMap\n' });
    return 'none' as const;
  });
  await release('raced', 'two');
  room.server.beforeRequest(undefined);
  expect(await recorded('raced')).toHaveLength(1);
  expect(await room.git('ls-tree', '--name-only', 'main', 'dev/releases/shop/raced/')).not.toContain('extra.yaml');
});

test('a release whose answer was lost is no hand edit, though the index learns of it from the branch', async () => {
  await release('lost', 'one');
  room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-after' : 'none'));
  await expect(release('lost', 'two')).rejects.toMatchObject({ code: 'release.push-in-doubt' });
  room.server.beforeRequest(undefined);
  await look();
  expect(await recorded('lost')).toEqual([]);
});

test('a commit that only pretends to be a release is a hand edit', async () => {
  const id = await release('forged', 'one');
  await room.personPushes({ 'dev/releases/shop/forged/extra.yaml': 'kind: ConfigMap\n' });
  const edited = (await room.git('rev-parse', 'main^{tree}')).trim();
  const message = `[dev/forged] release x by ada\n\nRelease-Id: ${id}\nService: forged\nEnvironment: dev\n`;
  const forged = (await room.git('commit-tree', '-p', 'main~1', '-m', message, edited)).trim();
  await room.git('update-ref', 'refs/heads/main', forged);
  await look();
  expect((await recorded('forged')).map(({ details }) => details.commit)).toEqual([forged]);
});

test('an edit that comes by a merge is named by its own commit', async () => {
  await release('merged', 'one');
  const base = await head();
  await room.personPushes({ 'dev/releases/shop/merged/extra.yaml': 'kind: ConfigMap\n' });
  const edit = await head();
  const tree = (await room.git('rev-parse', `${edit}^{tree}`)).trim();
  const merge = (await room.git('commit-tree', '-p', base, '-p', edit, '-m', 'Merge pull request #1', tree)).trim();
  await room.git('update-ref', 'refs/heads/main', merge);
  await look();
  expect((await recorded('merged')).map(({ details }) => details.commit)).toEqual([edit]);
});

test('rewritten history is named by the last commit in the folder', async () => {
  await release('rewritten', 'one');
  await room.personPushes({ 'dev/releases/shop/rewritten/extra.yaml': 'kind: ConfigMap\n' });
  const tree = (await room.git('rev-parse', 'main^{tree}')).trim();
  await look();
  const squashed = (await room.git('commit-tree', '-m', 'all in one', tree)).trim();
  await room.git('update-ref', 'refs/heads/main', squashed);
  await room.personPushes({ 'dev/releases/shop/rewritten/extra.yaml': 'kind: Secret\n' });
  const edit = await head();
  await look();
  expect((await recorded('rewritten')).map(({ details }) => details.commit)).toContain(edit);
});
