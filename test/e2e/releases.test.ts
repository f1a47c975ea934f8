import { setTimeout as wait } from 'node:timers/promises';

import { parseTrailers } from '@release-manager/config-repo';
import { parseManifests } from '@release-manager/manifests';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { autoRelease, commitAsPerson, mainFile } from '../support/config-repo.ts';
import { startInstallation, type Installation } from '../support/installation.ts';
import { makeArtifact } from '../support/make-artifact.ts';

let here: Installation;

beforeAll(async () => {
  here = await startInstallation({ 'release-manager.yaml': mainFile, 'policies/auto.yaml': autoRelease('auto') });
});
afterAll(() => here.stop());

/** The folder of a service at a commit: path and content. */
async function folderOf(environment: string, service: string, commit = 'main'): Promise<Map<string, string>> {
  const folder = `${environment}/releases/shop/${service}/`;
  const paths = (await here.git('ls-tree', '-r', '--name-only', commit, folder)).split('\n').filter(Boolean);
  const files = new Map<string, string>();
  for (const path of paths) files.set(path.slice(folder.length), await here.git('show', `${commit}:${path}`));
  return files;
}

async function lastCommit() {
  const [sha = '', author = '', committer = '', message = ''] = (
    await here.git('log', '-1', '--format=%H%x00%an <%ae>%x00%cn%x00%B', 'main')
  ).split('\0');
  return { sha, author, committer, subject: message.split('\n')[0], trailers: parseTrailers(message) };
}

/** Until a commit with that subject is the last one. */
async function untilLastIs(subject: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await lastCommit()).subject !== subject) {
    if (Date.now() > deadline) throw new Error(`${subject} never came; last is ${(await lastCommit()).subject}`);
    await wait(50);
  }
}

describe('what a release leaves in the config repo', () => {
  it('by automation: author is that of the build, the policy is named', async () => {
    const { spec } = await upload('auto', 1);
    await untilLastIs(`[dev/auto] release ${spec.id} by auto-release-main-dev`);
    const { author, committer, trailers } = await lastCommit();
    expect(author).toBe('Sam Okoro <sam@example.com>');
    expect(committer).toBe('release-manager');
    expect(trailers).toMatchObject({
      artifactId: spec.id,
      service: 'auto',
      environment: 'dev',
      intent: 'auto',
      policy: 'auto-release-main-dev',
    });
  });

  it('by a person, the latest of a branch: author is the person', async () => {
    const { spec } = await upload('web', 1);
    const made = await here.admin([
      'token',
      'create',
      'personal',
      '--person',
      'ada',
      '--name',
      'Ada Lovelace',
      '--email',
      'ada@example.com',
    ]);
    const ada = here.cli(made.stdout.trim());
    expect(await ada(['release', 'main', 'staging', '--service', 'web', '--reason', 'for the demo'])).toMatchObject({
      code: 0,
    });

    const { author, subject, trailers } = await lastCommit();
    expect(subject).toBe(`[staging/web] release ${spec.id} by ada`);
    expect(author).toBe('Ada Lovelace <ada@example.com>');
    expect(trailers).toMatchObject({
      intent: 'branch',
      releasedBy: { name: 'Ada Lovelace', email: 'ada@example.com' },
      reason: 'for the demo',
    });
    const folder = await folderOf('staging', 'web');
    expect([...folder.keys()]).toEqual(['artifact.json', 'release.json', 'web.yaml']);
    expect(JSON.parse(folder.get('artifact.json') ?? '')).toMatchObject({ id: spec.id, service: 'web' });
    expect(JSON.parse(folder.get('release.json') ?? '')).toMatchObject({
      releaseId: trailers?.releaseId,
      artifactId: spec.id,
    });
    expect(await here.git('show', 'main:clusters/staging/shop/web.yaml')).toContain('name: staging-web');
  });

  it('by a person, one artifact: the intent says so', async () => {
    const { spec } = await upload('web', 2);
    expect(await here.admin(['release', '--artifact', spec.id, 'prod', '--service', 'web'])).toMatchObject({ code: 0 });
    const { subject, author, trailers } = await lastCommit();
    expect(subject).toBe(`[prod/web] release ${spec.id} by admin`);
    expect(author).toMatch(/^release-manager </);
    expect(trailers).toMatchObject({ intent: 'artifact', environment: 'prod' });
  });

  it('of two environments at once: a commit each', async () => {
    const { spec } = await upload('web', 3);
    expect(await here.admin(['release', 'main', 'dev,staging', '--service', 'web'])).toMatchObject({ code: 0 });
    const subjects = (await here.git('log', '-2', '--format=%s', 'main')).trim().split('\n');
    expect(subjects.toSorted()).toEqual([
      `[dev/web] release ${spec.id} by admin`,
      `[staging/web] release ${spec.id} by admin`,
    ]);
  });

  it('that is denied: no commit, exit 5, the rule with file and line', async () => {
    const artifact = await makeArtifact({ service: 'web', branch: 'feature/x', run: 4 });
    await here.client.upload(artifact);
    const { sha } = await lastCommit();
    const refused = await here.admin(['release', 'feature/x', 'prod', '--service', 'web']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('release-manager.yaml:6');
    expect((await lastCommit()).sha).toBe(sha);
  });

  it('that takes the service out: its folder and its Kustomization go, nothing else does', async () => {
    expect(await here.admin(['release', 'main', 'dev', '--service', 'web'])).toMatchObject({ code: 0 });
    const before = (await here.git('ls-tree', '-r', '--name-only', 'main')).trim().split('\n');
    expect(await here.admin(['undeploy', 'dev', '--service', 'web', '--yes'])).toMatchObject({ code: 0 });
    const after = new Set((await here.git('ls-tree', '-r', '--name-only', 'main')).trim().split('\n'));
    expect(before.filter((path) => !after.has(path))).toEqual([
      'clusters/dev/shop/web.yaml',
      'dev/releases/shop/web/artifact.json',
      'dev/releases/shop/web/release.json',
      'dev/releases/shop/web/web.yaml',
    ]);
    expect((await lastCommit()).trailers).toMatchObject({ intent: 'undeploy', environment: 'dev', service: 'web' });
  });

  it('between the pushes of people: theirs stay, and nobody is asked again', async () => {
    await upload('web', 5);
    await commitAsPerson(here.repoUrl, { 'NOTES.md': 'by hand\n' }, 'a note');
    const both = await Promise.all([
      here.admin(['release', 'main', 'staging', '--service', 'web']),
      commitAsPerson(here.repoUrl, { 'MORE.md': 'by hand\n' }, 'another note').catch(() => undefined),
    ]);
    expect(both[0]).toMatchObject({ code: 0 });
    expect(await here.git('show', 'main:NOTES.md')).toBe('by hand\n');
    expect(await here.git('log', '--merges', '--format=%H', 'main')).toBe('');
  });
});

describe('a build that renders the same manifests', () => {
  it('differs in the marks of its workloads, and in no pod template', async () => {
    for (const chart of ['api', 'search', 'node-agent']) {
      const service = `same-${chart}`;
      const commits: string[] = [];
      for (const run of [1, 2]) {
        const { spec } = await upload(service, run, { chart, tag: '2.0.0' });
        expect(await here.admin(['release', '--artifact', spec.id, 'dev', '--service', service])).toMatchObject({
          code: 0,
        });
        commits.push((await lastCommit()).sha);
      }
      const [first, second] = await Promise.all(commits.map((commit) => objectsAt(service, commit)));
      expect(second?.map(({ spec }) => spec)).toEqual(first?.map(({ spec }) => spec));
      expect(second?.map(({ release }) => release)).not.toEqual(first?.map(({ release }) => release));
      const names = await here.git('diff', '--name-only', ...commits);
      expect(names).toContain(`dev/releases/shop/${service}/release.json`);
    }
  });
});

async function upload(service: string, run: number, more: { chart?: string; tag?: string } = {}) {
  const artifact = await makeArtifact({ service, branch: 'main', run, ...more });
  expect(await here.client.upload(artifact)).toMatchObject({ state: 'ready', problems: [] });
  return artifact;
}

interface SeenObject {
  readonly spec: unknown;
  readonly release: string | undefined;
}

/** Each object of a service in dev: its spec, and the release that its own metadata names. */
async function objectsAt(service: string, commit: string): Promise<SeenObject[]> {
  const files = [...(await folderOf('dev', service, commit))]
    .filter(([path]) => path.endsWith('.yaml'))
    .map(([path, text]) => ({ path, content: Buffer.from(text) }));
  return parseManifests(files).files.flatMap(({ objects }) =>
    objects.map(({ map }) => {
      const object = map.toJSON() as { spec?: unknown; metadata?: { annotations?: Record<string, string> } };
      return { spec: object.spec, release: object.metadata?.annotations?.['release-manager.io/release-id'] };
    }),
  );
}
