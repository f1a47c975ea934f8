import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const rooms = ['libs', 'services', 'policies', 'migrations', 'test'];
/** An id within the quotes of a title, or of a value that becomes part of one. */
const named = /['"`(][^'"`]*(?<![%\w])(A[1-8]|W[1-5]|O[12])\b/g;

/** Id to the test files in which a name has it. */
async function namedInTests(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const room of rooms) {
    const files = await readdir(join(root, room), { recursive: true });
    for (const file of files.filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))) {
      const path = `${room}/${file}`;
      if (path === 'test/fuzz/catalogue.test.ts') continue;
      for (const [, id = ''] of (await readFile(join(root, path), 'utf8')).matchAll(named))
        found.set(id, (found.get(id) ?? new Set()).add(path));
    }
  }
  return found;
}

async function listed(): Promise<Map<string, Set<string>>> {
  const page = await readFile(join(root, 'docs/attack-catalogue.md'), 'utf8');
  const rows = page.matchAll(/^\| ([AWO]\d) +\|.*\| ([^|]+) \|$/gm);
  return new Map(
    [...rows].map(([, id = '', tests = '']) => [
      id,
      new Set([...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)),
    ]),
  );
}

test('each attack of the page is tried by the tests that the page names, which have its id', async () => {
  const [tried, said] = [await namedInTests(), await listed()];
  expect([...said.keys()]).toEqual([
    'A1',
    'A2',
    'A3',
    'A4',
    'A5',
    'A6',
    'A7',
    'A8',
    'W1',
    'W2',
    'W3',
    'W4',
    'W5',
    'O1',
    'O2',
  ]);
  for (const [id, files] of said) {
    expect([id, files.size]).not.toEqual([id, 0]);
    expect([id, ...[...files].filter((file) => tried.get(id)?.has(file) !== true)]).toEqual([id]);
  }
});
