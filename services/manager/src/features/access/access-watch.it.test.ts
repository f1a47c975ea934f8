import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createMirror, noCredentials, type Mirror } from '@release-manager/git';
import { silentLogger } from '@release-manager/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createConfigRepo, type ConfigRepo } from '../config-repo/index.ts';
import { watchAccess, type AccessWatch } from './access-watch.ts';

const environments = 'environments:\n  - { name: dev }\n';
const rights = (verb: string): string => `${environments}rights:\n  - { who: ["*"], verbs: [${verb}] }\n`;
const person = (id: string, more = ''): string => `  - { id: ${id}, name: ${id.toUpperCase()}${more} }\n`;
/** Broken, and still says whom it does not name any more. */
const removal = `people:\n${person('bob')}team: []\n`;
const people = (...entries: string[]): string => `people:\n${entries.join('')}`;

interface Manager {
  readonly repo: ConfigRepo;
  readonly watch: AccessWatch;
  /** Looks at the remote, and records what is new. */
  look(): Promise<void>;
}

let room: ReleaseRoom;
let folder: string;
let managers: Manager[] = [];

beforeAll(async () => {
  room = await openReleaseRoom({ mainFile: environments });
  folder = await mkdtemp(join(tmpdir(), 'access-watch-'));
});
afterAll(async () => {
  await room.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});
beforeEach(async () => {
  await room.database.db('access_in_force').delete();
  await push({ 'release-manager.yaml': environments, 'people.yaml': undefined });
  await record();
});
afterEach(async () => {
  for (const { watch } of managers) {
    watch.close();
    await watch.idle();
  }
  managers = [];
});

const push = (files: Record<string, string | undefined>): Promise<void> => room.personPushes(files);
const git = async (...args: string[]): Promise<string> => (await room.git(...args)).trim();
const tip = (): Promise<string> => git('rev-parse', 'main');
const moveTo = (commit: string): Promise<string> => git('update-ref', 'refs/heads/main', commit);
let clones = 0;

function clone(): Mirror {
  clones += 1;
  const url = room.server.url('config.git');
  return createMirror({ url, branch: 'main', credentials: noCredentials, folder: join(folder, `${clones}`) });
}

/** A process that has just started; one that has not looked at the remote yet when `unread`. */
async function start(unread = false): Promise<Manager> {
  const now = (): Date => new Date();
  const repo = createConfigRepo({ mirror: clone(), logger: silentLogger, now });
  if (!unread) await repo.refresh();
  const watch = await watchAccess({ database: room.database, repo, logger: silentLogger, now });
  const manager = {
    repo,
    watch,
    async look() {
      await repo.refresh();
      await watch.idle();
    },
  };
  managers.push(manager);
  await watch.idle();
  return manager;
}

const ids = ({ watch }: Manager): string[] => [...watch.current().people.keys()];
const verbsOf = ({ watch }: Manager): unknown => watch.current().rights?.entries.map(({ verbs }) => verbs.join());

interface Entry {
  readonly cause: string;
  readonly details: { readonly commit: string; readonly author: unknown; readonly changes: readonly string[] };
}

let told = 0;
/** What the ledger says since it was asked last. */
async function record(): Promise<readonly Entry[]> {
  const rows: (Entry & { id: number })[] = await room.database
    .db('ledger')
    .where('kind', 'rights.changed')
    .where('id', '>', told)
    .orderBy('id')
    .select('id', 'cause', 'details');
  told = rows.at(-1)?.id ?? told;
  return rows;
}
const changes = async (): Promise<readonly (readonly string[])[]> =>
  (await record()).map((entry) => entry.details.changes);

describe('the ledger', () => {
  it('tells of each change once, with who committed it, however many managers see it', async () => {
    const [one, two] = [await start(), await start()];
    expect(await record()).toEqual([]);
    await push({ 'people.yaml': people(person('ada'), person('bob')), 'release-manager.yaml': rights('release') });
    await Promise.all([one.look(), two.look()]);
    const [entry, ...more] = await record();
    expect(more).toEqual([]);
    expect(entry?.cause).toBe(
      `Grace <grace@example.com> changed who may do what in ${one.repo.snapshot().commit.slice(0, 10)}: ada was added; ` +
        'bob was added; from now on only those who are named count; rights are written down; the default counts no more; ' +
        'new: everybody may release',
    );
    expect(entry?.details).toMatchObject({
      commit: one.repo.snapshot().commit,
      author: { name: 'Grace', email: 'grace@example.com' },
    });
    await start();
    await Promise.all([one.look(), two.look()]);
    expect(await record()).toEqual([]);
  });

  it('tells of changes while no manager ran, commit by commit, and of none that only moves lines', async () => {
    await start();
    await push({ 'people.yaml': people(person('ada')) });
    await push({ 'release-manager.yaml': `# moved\n${rights('hold')}` });
    await push({ 'docs/readme.md': 'not ours\n' });
    await push({ 'release-manager.yaml': `# moved\n# again\n${rights('hold')}` });
    await push({
      'people.yaml': people(person('ada', ', teams: [ops], github: ada')),
      'docs/readme.md': 'still not\n',
    });
    const later = await start();
    expect(await changes()).toEqual([
      ['ada was added', 'from now on only those who are named count'],
      ['rights are written down; the default counts no more', 'new: everybody may hold'],
      ['ada joined ops', 'ada has the GitHub user ada, and had (none)'],
    ]);
    expect(later.watch.current().rights?.line).toBe(5);
  });

  it('tells of a change with a merge once, as the merge', async () => {
    const manager = await start();
    const base = await tip();
    await push({ 'release-manager.yaml': rights('release') });
    const side = await tip();
    await moveTo(base);
    await push({ 'people.yaml': people(person('ada')) });
    const tree = await git('merge-tree', '--write-tree', 'main', side);
    const linus = ['-c', 'user.name=Linus', '-c', 'user.email=linus@example.com'];
    await moveTo(await git(...linus, 'commit-tree', tree, '-p', 'main', '-p', side, '-m', 'Merge side'));
    await manager.look();
    expect(await changes()).toEqual([
      ['ada was added', 'from now on only those who are named count'],
      ['rights are written down; the default counts no more', 'new: everybody may release'],
    ]);
    expect((await record()).length).toBe(0);
  });

  it('names the last commit alone where history was rewritten', async () => {
    const manager = await start();
    const base = await tip();
    await push({ 'people.yaml': people(person('ada')) });
    await manager.look();
    await record();
    await moveTo(base);
    await push({ 'people.yaml': people(person('bob')) });
    await push({ 'docs/readme.md': 'after\n' });
    await manager.look();
    expect(await changes()).toEqual([['ada was removed', 'bob was added']]);
  });

  it('says nothing of a first sight, also of one that is broken: history tells what was valid', async () => {
    await push({ 'people.yaml': people(person('ada'), person('bob')), 'release-manager.yaml': rights('hold') });
    await push({ 'people.yaml': removal, 'release-manager.yaml': `${rights('release')}  - 7\n` });
    await push({ 'people.yaml': '[' });
    const manager = await start();
    expect([ids(manager), verbsOf(manager)]).toEqual([['bob'], ['hold']]);
    expect(await record()).toEqual([]);
    await push({ 'people.yaml': people(person('ada')) });
    await manager.look();
    expect(await changes()).toEqual([['bob was removed', 'ada was added']]);
  });
});

describe('a broken file', () => {
  it('is answered by what was valid before, also after a restart, and by a process that never saw that', async () => {
    const manager = await start();
    await push({ 'people.yaml': people(person('ada')), 'release-manager.yaml': rights('release') });
    await push({ 'people.yaml': '[', 'release-manager.yaml': '[' });
    await manager.look();
    const restarted = await start();
    for (const each of [manager, restarted]) {
      expect([ids(each), verbsOf(each)]).toEqual([['ada'], ['release']]);
      expect(each.watch.current().notices).toHaveLength(2);
    }
    await push({ 'people.yaml': people(person('bob')), 'release-manager.yaml': rights('hold') });
    await restarted.look();
    expect([ids(restarted), verbsOf(restarted)]).toEqual([['bob'], ['hold']]);
    expect(restarted.watch.current().notices).toEqual([]);
    expect((await changes()).at(-1)).toEqual([
      'ada was removed',
      'bob was added',
      'no more: everybody may release',
      'new: everybody may hold',
    ]);
  });

  it('takes out whom it does not name, for good: on record, after a restart, and when nothing can be read any more', async () => {
    const manager = await start();
    await push({ 'people.yaml': people(person('ada'), person('bob')) });
    await manager.look();
    await record();
    await push({ 'people.yaml': removal });
    await manager.look();
    expect(ids(manager)).toEqual(['bob']);
    const [entry] = await record();
    expect(entry?.details).toMatchObject({ changes: ['ada was removed'], broken: [{ file: 'people.yaml' }] });
    await push({ 'people.yaml': '[' });
    await manager.look();
    expect(ids(manager)).toEqual(['bob']);
    expect(ids(await start())).toEqual(['bob']);
  });

  it('and nothing that could be read yet: what counted before the restart counts', async () => {
    await push({ 'people.yaml': people(person('ada')), 'release-manager.yaml': rights('release') });
    await start();
    const early = await start(true);
    expect([ids(early), verbsOf(early)]).toEqual([['ada'], ['release']]);
    expect(early.watch.current().notices[0]).toContain('was not read yet');
    await push({ 'people.yaml': people(person('bob')) });
    await early.repo.refresh();
    expect(ids(early)).toEqual(['bob']);
    expect(early.watch.current().notices).toEqual([]);
  });
});

describe('a process that is behind', () => {
  it('writes nothing older over what is newer', async () => {
    const slow = await start();
    const quick = await start();
    await push({ 'people.yaml': people(person('ada')) });
    await slow.repo.refresh();
    await push({ 'people.yaml': people(person('bob')) });
    await quick.look();
    await slow.watch.idle();
    const stored = await room.database.db<{ commit_sha: string; state: unknown }>('access_in_force').first();
    expect(stored).toMatchObject({ commit_sha: await tip(), state: { people: { people: [{ id: 'bob' }] } } });
    expect(await changes()).toEqual([
      ['ada was added', 'from now on only those who are named count'],
      ['ada was removed', 'bob was added'],
    ]);
  });
});
