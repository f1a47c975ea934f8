import { setImmediate as nextTurn } from 'node:timers/promises';

import { parseOid, type Mirror, type Oid, type TreeReader } from '@release-manager/git';
import { silentLogger, type Logger } from '@release-manager/runtime';
import { expect, test } from 'vitest';

import { createConfigRepo } from './config-repo.ts';

const older = parseOid('a'.repeat(40));
const newer = parseOid('b'.repeat(40));
const main = (environment: string): string => `environments:\n  - { name: ${environment} }\n`;

/** A mirror whose commits hold a main file each, whose tip is moved by hand, and whose reads can be held up. */
function handMirror(texts: Map<Oid, string>) {
  const state = {
    tip: undefined as Oid | undefined,
    answers: Promise.resolve(),
    reads: Promise.resolve(),
    reading: Promise.withResolvers<void>(),
  };
  const tree = (commit: Oid): Partial<TreeReader> => {
    const text = texts.get(commit) ?? '';
    return {
      oid: (path) => Promise.resolve(path === 'release-manager.yaml' ? commit : undefined),
      async list() {
        state.reading.resolve();
        await state.reads;
        return undefined;
      },
      sizes: () => Promise.resolve(new Map([['release-manager.yaml', text.length]])),
      readMany: () => Promise.resolve(new Map([['release-manager.yaml', Buffer.from(text)]])),
    };
  };
  const mirror = {
    tip: () => state.tip,
    tree,
    async fetch() {
      const found = state.tip;
      await state.answers;
      return found;
    },
  } as unknown as Mirror;
  return { mirror, state };
}

/** A logger that writes its lines down. */
function notebook(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const note = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push(`${level} ${message}: ${String(fields?.['problem'])}`);
  return { logger: { ...silentLogger, warn: note('warn'), info: note('info') }, lines };
}

const now = (): Date => new Date('2026-03-04T05:06:07Z');
const names = (snapshot: { environments: readonly { name: string }[] }) =>
  snapshot.environments.map(({ name }) => name);

test('a look that began before our push landed does not put the older files back', async () => {
  const { mirror, state } = handMirror(
    new Map([
      [older, main('older')],
      [newer, main('newer')],
    ]),
  );
  const repo = createConfigRepo({ mirror, logger: silentLogger, now });
  const slow = Promise.withResolvers<void>();
  state.tip = older;
  state.answers = slow.promise;
  const looked = repo.refresh();
  state.tip = newer;
  expect(names(await repo.adopt(newer))).toEqual(['newer']);
  slow.resolve();

  expect(names(await looked)).toEqual(['newer']);
  expect(names(repo.snapshot())).toEqual(['newer']);
});

test('a read of older files that is slow does not end after that of newer ones', async () => {
  const { mirror, state } = handMirror(
    new Map([
      [older, main('older')],
      [newer, main('newer')],
    ]),
  );
  const repo = createConfigRepo({ mirror, logger: silentLogger, now });
  const slow = Promise.withResolvers<void>();
  state.tip = older;
  state.reads = slow.promise;
  const looked = repo.refresh();
  await state.reading.promise;
  state.tip = newer;
  state.reads = Promise.resolve();
  const adopted = repo.adopt(newer);
  await nextTurn();
  slow.resolve();
  await Promise.all([looked, adopted]);

  expect(names(repo.snapshot())).toEqual(['newer']);
});

test('who plans on an older tip gets its files, and everybody else the newest', async () => {
  const { mirror, state } = handMirror(
    new Map([
      [older, main('older')],
      [newer, main('newer')],
    ]),
  );
  const repo = createConfigRepo({ mirror, logger: silentLogger, now });
  state.tip = newer;
  expect(names(await repo.adopt(older))).toEqual(['older']);
  expect(names(repo.snapshot())).toEqual(['newer']);
});

test('a look that fails stops no later one', async () => {
  const { mirror, state } = handMirror(new Map([[older, main('older')]]));
  const repo = createConfigRepo({ mirror, logger: silentLogger, now });
  state.tip = older;
  state.reads = Promise.reject(new Error('the remote is away'));
  await expect(repo.refresh()).rejects.toThrow('away');
  state.reads = Promise.resolve();
  expect(names(await repo.refresh())).toEqual(['older']);
});

test('a broken file is told once, and once that it is mended, however many commits come in between', async () => {
  const commits = ['1', '2', '3', '4'].map((digit) => parseOid(digit.repeat(40)));
  const texts = ['fielt: 1\n', '# moved down\nfielt: 1\n', 'fielt: 1\nother: 2\n', ''];
  const { mirror, state } = handMirror(
    new Map(commits.map((commit, index) => [commit, `${texts[index] ?? ''}${main('dev')}`])),
  );
  const { logger, lines } = notebook();
  const repo = createConfigRepo({ mirror, logger, now });
  const told: string[][] = [];
  for (const commit of commits) {
    state.tip = commit;
    await repo.refresh();
    told.push(lines.splice(0));
  }

  expect(told[0]).toMatchObject([
    expect.stringContaining('warn config repo has a broken file: There is no field "fielt"'),
  ]);
  expect(told[1]).toEqual([]);
  expect(told[2]).toMatchObject([expect.stringContaining('"other"')]);
  expect(told[3]).toMatchObject([
    expect.stringMatching(/^info config repo file is mended: .*"fielt"/),
    expect.stringMatching(/^info config repo file is mended: .*"other"/),
  ]);
});
