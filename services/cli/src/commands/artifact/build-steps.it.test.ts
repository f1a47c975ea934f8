import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { buildId, type ArtifactSpec, type BuildView, type Check } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { fakeManager, type FakeManager } from '../../testing/fake-manager.ts';
import { runInTest, type TestRun } from '../../testing/run-in-test.ts';
import { artifactView } from '../../testing/views.ts';
import type { BuildFile } from './build-file.ts';

const run = promisify(execFile);
const ci = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/web',
  GITHUB_RUN_ID: '77',
  GITHUB_RUN_NUMBER: '7',
  GITHUB_RUN_ATTEMPT: '1',
};
const thisBuild = buildId({
  provider: 'github-actions',
  jobUrl: 'https://github.com/acme/web/actions/runs/77',
  runNumber: 7,
  runAttempt: 1,
});
let folder = '';
let sha = '';

let template = '';

beforeAll(async () => {
  template = folder = await mkdtemp(join(tmpdir(), 'cli-build-'));
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Ada Lovelace');
  await git('config', 'user.email', 'ada@example.com');
  await put('release.yaml', 'service: web\nnamespace: shop\n');
  await put('out/dev/web.yaml', 'kind: Deployment\n');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Fix the cart');
});
afterAll(() => rm(template, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-build-'));
  await cp(template, folder, { recursive: true });
  sha = await git('rev-parse', 'HEAD');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function git(...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  return (await run('git', args, { cwd: folder, env })).stdout.trim();
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const buildFile = async (): Promise<BuildFile> =>
  JSON.parse(await readFile(join(folder, '.release', 'build.json'), 'utf8')) as BuildFile;

function manager(refusal?: AppError): FakeManager {
  return fakeManager({
    reportBuild(input) {
      if (refusal !== undefined) throw refusal;
      const { service, buildId: id, source, ci: said, checks } = input as Record<string, unknown>;
      const at = '2026-11-21T08:00:00Z';
      const reportedBy = { kind: 'ci', name: 'ci:web' };
      const view = {
        service,
        id,
        state: 'running',
        source,
        ci: said,
        checks,
        reportedBy,
        startedAt: at,
        updatedAt: at,
      };
      return view as BuildView;
    },
    registerArtifact: (input) => ({ artifact: artifactView(input['spec'] as ArtifactSpec) }),
  });
}

function cli(on: FakeManager | undefined, line: string, options: { env?: Record<string, string>; cwd?: string } = {}) {
  return runInTest(['artifact', ...line.split(' ')], {
    cwd: options.cwd ?? folder,
    env: { ...ci, GITHUB_REF: 'refs/heads/main', GITHUB_SHA: sha, ...options.env },
    ...(on === undefined ? {} : { fetch: on.fetch }),
  });
}

const told = (on: FakeManager): (readonly string[])[] =>
  on.calls
    .filter(({ id }) => id === 'reportBuild')
    .map(({ input }) => (input['checks'] as Check[]).map(({ kind, name, status }) => `${kind} ${name} ${status}`));

const ok = ({ code, err }: TestRun): void => expect([code, err]).toEqual([0, expect.any(String)]);

describe('a build in steps', () => {
  test('is begun, tells its checks as they come, and ends in its artifact', async () => {
    const on = manager();
    const begun = await cli(on, 'init');
    ok(begun);
    expect(begun.out).toBe(`${thisBuild}\n`);
    expect(await buildFile()).toMatchObject({
      schemaVersion: 1,
      service: 'web',
      buildId: thisBuild,
      source: { repository: 'https://github.com/acme/web', branch: 'main', sha, path: 'release.yaml' },
      ci: { provider: 'github-actions', runNumber: 7, runAttempt: 1 },
      checks: [],
      reported: true,
    });
    ok(await cli(on, 'add test unit --status running'));
    const scanned = await cli(
      on,
      'add scan images --status failed --link https://s.example.com/7 --data critical=2 --data text=a=b',
    );
    expect(scanned.err).toContain('reported as build');
    const added = await cli(on, 'add test unit --status passed');
    ok(added);
    expect(added.out).toBe('');
    expect(told(on)).toEqual([[], ['test unit running'], ['scan images failed'], ['test unit passed']]);
    const pushed = await cli(on, 'push out');
    ok(pushed);
    const registered = on.calls.at(-1)?.input;
    expect(registered).toMatchObject({
      buildId: thisBuild,
      spec: {
        checks: [
          { kind: 'test', name: 'unit', status: 'passed' },
          { kind: 'scan', name: 'images', status: 'failed', data: { critical: '2', text: 'a=b' } },
        ],
      },
    });
    expect(await git('status', '--porcelain')).toBe('');
  });

  test('finds its file from a folder below, and not beyond the repository', async () => {
    const on = manager();
    await cli(on, 'init');
    await mkdir(join(folder, 'deep', 'er'), { recursive: true });
    ok(await cli(on, 'add test unit --status passed', { cwd: join(folder, 'deep', 'er') }));
    expect((await buildFile()).checks).toHaveLength(1);
    const nested = join(folder, 'nested');
    await mkdir(join(nested, '.git'), { recursive: true });
    const alone = await cli(on, 'add test unit --status passed', { cwd: nested });
    expect(alone).toMatchObject({ code: 1, err: expect.stringContaining('artifact init') as string });
  });

  test('begun twice forgets nothing; that of another commit is left behind', async () => {
    const on = manager();
    await cli(on, 'init');
    await cli(on, 'add test unit --status passed');
    await cli(on, 'init');
    expect((await buildFile()).checks).toHaveLength(1);
    await cli(on, 'init', { env: { GITHUB_RUN_ID: '78' } });
    expect((await buildFile()).checks).toEqual([]);
    await git('commit', '--quiet', '--allow-empty', '--message', 'next');
    sha = await git('rev-parse', 'HEAD');
    const pushed = await cli(on, 'push out');
    expect(pushed.err).toContain('left aside');
    expect(on.calls.at(-1)?.input['buildId']).toBeUndefined();
  });

  test('keeps the checks of steps that run side by side', async () => {
    await cli(undefined, 'init');
    const names = Array.from({ length: 10 }, (_, index) => `part-${index}`);
    const sleep = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds));
    const steps = names.map((name) =>
      runInTest(['artifact', 'add', 'test', name, '--status', 'passed'], { cwd: folder, sleep }),
    );
    for (const step of await Promise.all(steps)) ok(step);
    expect((await buildFile()).checks.map(({ name }) => name).toSorted()).toEqual(names);
    expect((await readdir(join(folder, '.release'))).toSorted()).toEqual(['.gitignore', 'build.json']);
  });

  test('goes on after a process that died while it wrote', async () => {
    await cli(undefined, 'init');
    await put('.release/lock', '');
    await put('.release/build.json.abcdef', '{"half');
    const long = new Date(Date.now() - 60_000);
    await utimes(join(folder, '.release', 'lock'), long, long);
    ok(await cli(undefined, 'add test unit --status passed'));
    expect((await buildFile()).checks).toHaveLength(1);
  });

  test('has nothing of a longer file behind a shorter one', async () => {
    await cli(undefined, 'init');
    await cli(undefined, `add test unit --status failed --data log=${'x'.repeat(5_000)}`);
    await cli(undefined, 'add test unit --status passed');
    const text = await readFile(join(folder, '.release', 'build.json'), 'utf8');
    expect(text.length).toBeLessThan(2_000);
    expect(text.endsWith('}\n')).toBe(true);
    expect((await buildFile()).checks).toEqual([{ kind: 'test', name: 'unit', status: 'passed' }]);
  });
});

describe('without a manager', () => {
  test.each([
    ['that answers', undefined, {}],
    ['that is known', undefined, { RELEASE_MANAGER_URL: '' }],
    ['and a token', undefined, { RELEASE_MANAGER_TOKEN: '' }],
    ['that has time', new AppError('limited', 'http.too-many', 'Too many requests.'), {}],
    ['that knows builds', new AppError('not-found', 'http.not-found', 'There is no such address.'), {}],
  ])('%s only the file is written, with a warning, and push sends it all', async (_, refusal, env) => {
    const away = refusal === undefined ? undefined : manager(refusal);
    for (const line of ['init', 'add test unit --status passed']) {
      const step = await cli(away, line, { env });
      ok(step);
      expect(step.err).toContain('warning: The manager was not told');
    }
    expect(await buildFile()).toMatchObject({ reported: false, checks: [{ name: 'unit' }] });
    const on = manager();
    ok(await cli(on, 'push out'));
    expect(on.calls.at(-1)?.input).toMatchObject({ buildId: thisBuild, spec: { checks: [{ name: 'unit' }] } });
  });

  test('that comes back: it hears of everything at the next step', async () => {
    await cli(undefined, 'init');
    await cli(undefined, 'add test unit --status passed');
    const on = manager();
    await cli(on, 'add scan images --status passed');
    expect(told(on)).toEqual([['test unit passed', 'scan images passed']]);
    expect((await buildFile()).reported).toBe(true);
  });

  test('and without CI: only the file', async () => {
    const on = manager();
    const begun = await runInTest(['artifact', 'init', '--repository', 'https://git.example.com/web'], {
      cwd: folder,
      fetch: on.fetch,
    });
    ok(begun);
    expect(begun.err).toContain('No CI run is known');
    expect(on.calls).toEqual([]);
  });
});

describe('refused', () => {
  test('by the manager is an error, and the file is written all the same', async () => {
    const { code, err } = await cli(manager(new AppError('forbidden', 'access.forbidden', 'ci:web may not.')), 'init');
    expect([code, err]).toEqual([5, expect.stringContaining('ci:web may not.')]);
    expect((await buildFile()).reported).toBe(false);
  });

  test.each([
    ['add test unit', '--status passed|failed'],
    ['add test unit --status good', 'good'],
    ['add test unit --status passed --data x', 'name=value'],
    ['add test unit --status passed --link ftp://x', 'url'],
    [`add test ${'x'.repeat(201)} --status passed`, 'name'],
  ])('is %j, which names what is wrong', async (line, named) => {
    await cli(undefined, 'init');
    const { code, err } = await cli(undefined, line);
    expect([code, err]).toEqual([2, expect.stringContaining(named)]);
    expect((await buildFile()).checks).toEqual([]);
  });

  test.each(['', '{"half', '[]', '{"schemaVersion":2}', '{"schemaVersion":1,"service":"web"}'])(
    'is a file that holds %j',
    async (text) => {
      await put('.release/build.json', text);
      const { code, err } = await cli(undefined, 'add test unit --status passed');
      expect([code, err]).toEqual([1, expect.stringContaining('artifact init')]);
      ok(await cli(undefined, 'init'));
      expect((await buildFile()).service).toBe('web');
    },
  );

  test('is a fork', async () => {
    const event = join(folder, 'event.json');
    const head = { ref: 'main', sha, repo: { full_name: 'evil/web' } };
    await writeFile(event, JSON.stringify({ pull_request: { number: 1, title: 'x', head } }));
    expect((await cli(undefined, 'init', { env: { GITHUB_EVENT_PATH: event } })).code).toBe(5);
  });

  test('is nothing in a dry run', async () => {
    const on = manager();
    const { out } = await cli(on, 'init --dry-run');
    expect(out).toBe(`${thisBuild}\n`);
    expect(on.calls).toEqual([]);
    await expect(buildFile()).rejects.toThrow('ENOENT');
  });
});
