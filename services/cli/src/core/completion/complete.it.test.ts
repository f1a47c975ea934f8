import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { runInTest, type TestOptions } from '../../testing/run-in-test.ts';

let home: string;
let asked: string[];
let clock: number;
let answer: (request: Request) => Response | Promise<Response>;
const startedAgain: (readonly string[])[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'completion-'));
  asked = [];
  startedAgain.length = 0;
  clock = Date.parse('2026-11-21T09:00:00Z');
  answer = () => Response.json({ items: [{ name: 'dev' }, { name: 'prod', protected: true }] });
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function completed(words: string[], options: TestOptions = {}): Promise<string[]> {
  const { code, out, err } = await runInTest(['__complete', ...words], {
    env: { XDG_CACHE_HOME: home, ...options.env },
    now: () => new Date(clock),
    runAgain: (argv) => void startedAgain.push(argv),
    async fetch(input, init) {
      const request = new Request(input, init);
      asked.push(request.url.replace('http://manager.test', ''));
      return answer(request);
    },
    ...options,
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.split('\n').slice(0, -1);
}

test('names of the manager, with what they are', async () => {
  expect(await completed(['--', 'release', 'main', ''])).toEqual(['words', 'dev', 'prod\tprotected']);
  expect(await completed(['--', 'release', 'main', 'dev,'])).toEqual(['words', 'dev,prod\tprotected']);
  expect(await completed(['--', 'history', '--output', ''])).toEqual(['words', 'table', 'json', 'yaml']);
  expect(await completed(['--', 'artifact', 'push', ''])).toEqual(['folders']);
});

test('branches are those with artifacts of the service: of the line, else of release.yaml, quoted or not', async () => {
  answer = () => Response.json({ items: [{ branch: 'main' }, { branch: 'main' }, { branch: 'feature/x' }] });
  expect(await completed(['--', 'release', '--service', '"web"', ''])).toEqual(['words', 'main', 'feature/x']);
  const folder = join(home, 'api');
  await mkdir(folder);
  await writeFile(join(folder, 'release.yaml'), 'service: "api" # the one\nnamespace: shop\n');
  await completed(['--', 'release', ''], { cwd: folder });
  expect(asked).toEqual(['/v1/artifacts?limit=200&service=web', '/v1/artifacts?limit=200&service=api']);
});

test('every page of services', async () => {
  answer = (request) =>
    request.url.includes('cursor=')
      ? Response.json({ items: [{ name: 'web' }] })
      : Response.json({ items: [{ name: 'api' }], nextCursor: 'a b' });
  expect(await completed(['--', 'status', '--service', ''])).toEqual(['words', 'api', 'web']);
});

test('asks once in five seconds, and keeps the answer for its owner alone', async () => {
  for (let key = 0; key < 3; key += 1) await completed(['--', 'why', '']);
  expect(asked).toHaveLength(1);
  const folder = join(home, 'release-cli', 'names');
  const [file, ...others] = await readdir(folder);
  expect(others).toEqual([]);
  expect((await stat(join(folder, file ?? ''))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await readFile(join(folder, file ?? ''), 'utf8')) + (file ?? '')).not.toContain('rm_test_token');
  clock += 6000;
  await completed(['--', 'why', '']);
  expect(asked).toHaveLength(2);
});

test('another token is told nothing of what the first one saw', async () => {
  await completed(['--', 'why', '']);
  answer = () => new Response('no', { status: 401 });
  const env = { XDG_CACHE_HOME: home, RELEASE_MANAGER_TOKEN: 'rm_other_token' };
  expect(await completed(['--', 'why', ''], { env })).toEqual(['words']);
  expect(await completed(['--', 'why', ''])).toEqual(['words', 'dev', 'prod\tprotected']);
});

test('a manager that hangs costs no patience: the last answer stands in, and another process asks on', async () => {
  await completed(['--', 'why', '']);
  clock += 60_000;
  answer = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  expect(await completed(['--', 'why', ''])).toEqual(['words', 'dev', 'prod\tprotected']);
  expect(startedAgain).toEqual([['__complete', '--refresh', '--', 'why', '']]);
  answer = () => Response.json({ items: [{ name: 'staging' }] });
  await completed(startedAgain[0]?.slice(1) ?? []);
  answer = () => Response.error();
  expect(await completed(['--', 'why', ''])).toEqual(['words', 'staging']);
});

test('silent about everything that fails', async () => {
  for (const answered of [
    () => Response.json({}),
    () => Response.json({ items: 'x' }),
    () => Response.json({ items: [{}, { name: 1 }, { name: '' }] }),
    () => new Response('<html>', { status: 200 }),
    () => new Response('', { status: 500 }),
    () => Promise.reject(new TypeError('fetch failed')),
  ]) {
    answer = answered;
    clock += 6000;
    expect(await completed(['--', 'why', ''])).toEqual(expect.not.arrayContaining(['dev']));
  }
  const nobody = { RELEASE_MANAGER_URL: '', RELEASE_MANAGER_TOKEN: '' };
  await completed(['--', 'why', ''], { env: { ...nobody, XDG_CACHE_HOME: home } });
  await completed([]);
  await completed(['--', '\u0000', '--']);
  expect(startedAgain).toEqual([]);
});

test('names with which somebody could speak to the terminal or the shell are left out', async () => {
  const names = [
    'ok',
    'two words',
    'new\nline',
    'tab\tbed',
    '\u001B]0;title\u0007',
    'rtl\u202Eoverride',
    '-rf',
    '$(id)',
  ];
  answer = () => Response.json({ items: names.map((branch) => ({ branch })) });
  expect(await completed(['--', 'release', ''])).toEqual(['words', 'ok', '$(id)']);
  answer = () => Response.json({ items: [{ id: 'rel_1', service: 'web\u001B[31m\n', environment: 'dev' }] });
  expect(await completed(['--', 'follow', ''])).toEqual(['words', 'rel_1\tweb  dev']);
});
