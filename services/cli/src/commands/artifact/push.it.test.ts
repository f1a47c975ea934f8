import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { readArchive } from '@release-manager/archive';
import type { ArtifactSpec, ArtifactView } from '@release-manager/contract';
import { artifactId } from '@release-manager/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { fakeManager, type FakeManager } from '../../testing/fake-manager.ts';
import { runInTest, type TestRun } from '../../testing/run-in-test.ts';
import { artifactView } from '../../testing/views.ts';

const run = promisify(execFile);
const secretUrl = 'http://store.test/uploads/x.zip?X-Amz-Signature=topsecret';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-push-'));
  await git('init', '--quiet', '--initial-branch=feature/cart');
  await git('config', 'user.name', 'Ada Lovelace');
  await git('config', 'user.email', 'ada@example.com');
  await git('remote', 'add', 'origin', 'https://bot:hunter2@git.example.com/acme/web.git');
  await put(
    'services/web/release.yaml',
    'service: web\nnamespaces: { dev: shop-dev, default: shop }\nowner: checkout\n',
  );
  await put('services/web/out/dev/web.yaml', 'kind: Deployment\n');
  await put('services/web/out/prod/deep/web.yml', 'kind: Deployment\n');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Fix the cart\n\nIt was broken.');
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

interface Store {
  readonly manager: FakeManager;
  readonly uploads: { bytes: Buffer; headers: Record<string, string> }[];
  spec(): ArtifactSpec;
}

/** A manager and a store that takes the upload after the given answers. */
function store(changes: Partial<ArtifactView> = {}, refusals: (number | 'no connection')[] = []): Store {
  const uploads: Store['uploads'] = [];
  const spec = (): ArtifactSpec => manager.calls[0]?.input['spec'] as ArtifactSpec;
  const headers = { 'content-type': 'application/zip', 'x-amz-checksum-sha256': 'abc' };
  const manager = fakeManager({
    registerArtifact: () => ({
      artifact: artifactView(spec(), { state: 'pending', environments: {} }),
      upload: { url: secretUrl, method: 'PUT', headers, expiresAt: '2026-11-21T10:00:00Z' },
    }),
    completeArtifact: () => artifactView(spec(), { state: 'uploaded', environments: {} }),
    showArtifact: () => artifactView(spec(), changes),
    async elsewhere(request) {
      const refusal = refusals.shift();
      if (refusal === 'no connection') throw new TypeError(`fetch failed: ${request.url}`);
      if (refusal !== undefined) return new Response('<Error>', { status: refusal });
      uploads.push({ bytes: Buffer.from(await request.arrayBuffer()), headers: Object.fromEntries(request.headers) });
      return new Response('');
    },
  });
  return { manager, uploads, spec };
}

function push(on: Store, argv: readonly string[] = ['out'], env: Record<string, string> = {}): Promise<TestRun> {
  return runInTest(['artifact', 'push', ...argv], { cwd: join(folder, 'services/web'), fetch: on.manager.fetch, env });
}

describe('a push from a clone', () => {
  test('uploads the zip that the spec speaks of, with exactly the given headers', async () => {
    const on = store();
    const { code, out, err } = await push(on);
    expect(err).toContain('ready for dev');
    expect(code).toBe(0);
    const sha = await git('rev-parse', 'HEAD');
    const files = [
      { path: 'dev/web.yaml', content: Buffer.from('kind: Deployment\n') },
      { path: 'prod/deep/web.yml', content: Buffer.from('kind: Deployment\n') },
    ];
    const id = artifactId({ service: 'web', branch: 'feature/cart', sha }, files);
    expect(out).toBe(`${id}\n`);
    expect(on.spec()).toEqual({
      schemaVersion: 1,
      id,
      service: 'web',
      namespaces: { dev: 'shop-dev', default: 'shop' },
      owner: 'checkout',
      source: {
        repository: 'https://git.example.com/acme/web',
        branch: 'feature/cart',
        sha,
        path: 'services/web/release.yaml',
        message: 'Fix the cart\n\nIt was broken.',
        author: { name: 'Ada Lovelace', email: 'ada@example.com' },
        committer: { name: 'Ada Lovelace', email: 'ada@example.com' },
        committedAt: expect.stringMatching(/^\d{4}-/) as string,
      },
    });
    const [upload] = on.uploads;
    const bytes = upload?.bytes ?? Buffer.alloc(0);
    expect(on.manager.calls[0]?.input).toMatchObject({
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(upload?.headers).toMatchObject({ 'content-type': 'application/zip', 'x-amz-checksum-sha256': 'abc' });
    expect(upload?.headers['authorization']).toBeUndefined();
    const unpacked = await readArchive(bytes);
    expect(unpacked.map(({ path }) => path)).toEqual(['artifact.json', 'dev/web.yaml', 'prod/deep/web.yml']);
    expect(on.manager.calls.map(({ id: call }) => call)).toEqual([
      'registerArtifact',
      'completeArtifact',
      'showArtifact',
    ]);
  });

  test('the same build again packs the same bytes', async () => {
    const [first, second] = [store(), store()];
    await push(first);
    await push(second);
    expect(second.uploads[0]?.bytes.equals(first.uploads[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test('a finished artifact is not uploaded again', async () => {
    const on = store();
    const manager = fakeManager({
      registerArtifact: (input) => ({ artifact: artifactView(input['spec'] as ArtifactSpec) }),
    });
    const { code, out } = await push({ ...on, manager });
    expect(code).toBe(0);
    expect(out).toMatch(/^feature-cart-/);
    expect(manager.calls).toHaveLength(1);
  });

  test('what was rejected is said as file, line and rule; the id is still on stdout, and it is 1', async () => {
    const problem = {
      file: 'web.yaml',
      line: 12,
      rule: 'foreign-namespace',
      message: 'it belongs to kube-system',
      next: 'leave it out',
    };
    const on = store({
      environments: {
        dev: { state: 'rejected', files: 1, problems: [problem], warnings: [] },
        prod: { state: 'ready', files: 1, problems: [], warnings: [{ ...problem, rule: 'helm-hook' }] },
      },
    });
    const { code, out, err } = await push(on);
    expect(code).toBe(1);
    expect(out).toBe(`${on.spec().id}\n`);
    expect(err).toContain('dev/web.yaml:12 error foreign-namespace it belongs to kube-system\n  leave it out\n');
    expect(err).toContain('prod/web.yaml:12 warning helm-hook');
    expect(err).toContain('rejected for dev; the rest can be released');
  });

  test('a store that stumbles is tried again', async () => {
    const on = store({}, [503, 'no connection', 500]);
    expect((await push(on)).code).toBe(0);
    expect(on.uploads).toHaveLength(1);
  });

  test.each([
    [[403], 5, 'refused the upload: it answered 403'],
    [Array(5).fill(503), 1, 'after 5 attempts'],
    [Array(5).fill('no connection'), 1, 'no connection'],
  ] as const)('a store that answers %j: exit code %i, and its address is nowhere', async (refusals, expected, says) => {
    const { code, out, err } = await push(store({}, [...refusals] as number[]), ['out', '--debug']);
    expect(code).toBe(expected);
    expect(err).toContain(says);
    expect(out + err).not.toContain('topsecret');
    expect(out + err).not.toContain('hunter2');
  });

  test('a verdict that does not come is 8', async () => {
    const on = store({ state: 'uploaded', environments: {} });
    const { code, out } = await push(on, ['out', '--timeout', '60s']);
    expect(code).toBe(8);
    expect(out).toMatch(/^feature-cart-/);
  });
});

describe('where facts come from', () => {
  test('flags before CI before git', async () => {
    const sha = await git('rev-parse', 'HEAD');
    const env = {
      GITLAB_CI: 'true',
      CI_COMMIT_SHA: sha,
      CI_COMMIT_BRANCH: 'main',
      CI_PROJECT_URL: 'https://gitlab.example.com/acme/web',
      CI_JOB_URL: 'https://gitlab.example.com/job/1',
      CI_PIPELINE_IID: '4',
    };
    const on = store();
    await push(on, ['out', '--author', 'Bob <bob@example.com>', '--job-url', 'https://ci.example.com/9'], env);
    expect(on.spec()).toMatchObject({
      source: { branch: 'main', sha, repository: 'https://gitlab.example.com/acme/web', author: { name: 'Bob' } },
      ci: { provider: 'gitlab', jobUrl: 'https://ci.example.com/9', runNumber: 4 },
    });
  });

  test('a pull request on GitHub in a checkout of its merge commit: the head, and nothing of the merge', async () => {
    const head = '1'.repeat(40);
    const event = {
      pull_request: { number: 7, title: 'Cart', head: { ref: 'cart', sha: head, repo: { full_name: 'acme/web' } } },
    };
    await put('event.json', JSON.stringify(event));
    const on = store();
    await push(on, ['out'], {
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'ada',
      GITHUB_REPOSITORY: 'acme/web',
      GITHUB_SHA: await git('rev-parse', 'HEAD'),
      GITHUB_HEAD_REF: 'cart',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
    });
    expect(on.spec().source).toMatchObject({
      branch: 'cart',
      sha: head,
      message: 'Cart',
      pullRequest: 7,
      author: { name: 'ada', email: 'ada@users.noreply.github.com' },
    });
    expect(on.spec().source.committer).toBeUndefined();
  });

  test('the build of a fork is refused before anything is asked', async () => {
    const on = store();
    const { code, err } = await push(on, ['out'], {
      CIRCLECI: 'true',
      CIRCLE_PR_USERNAME: 'mallory',
      CIRCLE_PR_REPONAME: 'web',
    });
    expect(code).toBe(5);
    expect(err).toContain('mallory/web');
    expect(on.manager.calls).toEqual([]);
  });

  test('a detached HEAD is on no branch, and a tag is none: --branch says it', async () => {
    await git('checkout', '--quiet', '--detach');
    const on = store();
    const { code, err } = await push(on);
    expect(code).toBe(1);
    expect(err).toContain('--branch');
    expect((await push(on, ['out', '--branch', 'main'])).code).toBe(0);
  });

  test('a release.yaml of another service is left aside', async () => {
    const on = store();
    const { err } = await push(on, ['out', '--service', 'api', '--namespace', 'shop']);
    expect(err).toContain('speaks of web, not of api');
    expect(on.spec()).toMatchObject({ service: 'api', namespaces: { default: 'shop' } });
    expect(on.spec().owner).toBeUndefined();
  });

  test('a broken release.yaml is named', async () => {
    await put('services/web/release.yaml', 'service: Web_1\nnamespase: x\n');
    const { code, err } = await push(store());
    expect(code).toBe(1);
    expect(err).toContain('services/web/release.yaml');
    expect(err).toContain('namespase');
  });
});

describe('the folder', () => {
  test('everything that has no place in it is named', async () => {
    await put('services/web/out/README.md', '');
    await put('services/web/out/dev/.DS_Store', '');
    await put('services/web/out/dev/notes.txt', '');
    await symlink('/etc/passwd', join(folder, 'services/web/out/dev/x.yaml'));
    await mkdir(join(folder, 'services/web/out/staging'));
    const { code, err } = await push(store());
    expect(code).toBe(1);
    for (const name of ['README.md', '.DS_Store', 'notes.txt', 'x.yaml', 'staging']) expect(err).toContain(name);
  });

  test('a folder that is not there', async () => {
    const { code, err } = await push(store(), ['nowhere']);
    expect(code).toBe(1);
    expect(err).toContain('nowhere cannot be read');
  });

  test('--dry-run prints the id and asks nobody', async () => {
    const on = store();
    const { code, out } = await push(on, ['out', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toMatch(/^feature-cart-[0-9a-f]{10}-[0-9a-f]{10}\n$/);
    expect(on.manager.calls).toEqual([]);
  });
});
