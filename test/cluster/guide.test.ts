import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, listReleases } from '@release-manager/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startGitHosting } from '../../services/manager/src/demo/processes/git-hosting.ts';
import { createPerson } from '../../services/manager/src/demo/processes/person.ts';
import { typedPrograms } from './support/deploy-tools.ts';
import { createGuideShell, type GuideShell } from './support/guide-shell.ts';
import { createStandIns, type StandIns } from './support/guide-stand-ins.ts';
import { readGuide, type GuideBlock } from './support/guide.ts';
import { at, describeCluster, ownCluster, type KubeObject } from './support/index.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'getting-started.md'), 'utf8');
const blocks = readGuide(page);
const sections = [...new Set(blocks.map(({ section }) => section))];

/** A disk, since nobody makes them on demand here. */
const storage: KubeObject[] = [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'played', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'kubernetes.io/no-provisioner',
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'disk' },
    spec: {
      storageClassName: 'played',
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/nowhere' },
    },
  },
];

describe('the page', () => {
  // Anywhere else the shell goes on when such a command has failed.
  it('asks programs for values only in assignments of their own', () => {
    const asking = blocks.flatMap(({ code }) => code.split('\n')).filter((line) => line.includes('$('));
    expect(asking.filter((line) => !/^[A-Z_]+="\$\([^"]*\)"$/.test(line))).toEqual([]);
  });

  it('names every stand-in that a block asks for', () => {
    const asked = blocks.flatMap(({ instead, after }) => [instead ?? [], after ?? []].flat());
    const named = [...page.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, name]) => name);
    expect(named).toEqual([...new Set(asked)]);
  });
});

describeCluster('getting started, as docs/getting-started.md says', () => {
  const cluster = ownCluster({ name: 'guide', flux: true });
  let folder: string;
  let shell: GuideShell;
  let standIns: StandIns;
  let ends: (() => Promise<void>)[] = [];
  let failed: string | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guide-'));
    const token = 'a-token-for-tests-only-0123456789';
    const hosting = await startGitHosting(join(folder, 'git-hosting'), token);
    const configRepo = { url: hosting.url, token };
    const credentials = configRepo;
    const { home } = await createPerson({
      name: 'Ada Lindqvist',
      email: 'ada@example.com',
      home: join(folder, 'ada'),
      credentials,
    });
    await cluster().client.apply(...storage);
    standIns = await createStandIns({ cluster: cluster(), folder, configRepo });
    ends = [() => standIns.end(), () => hosting.close()];
    shell = await createGuideShell({
      home,
      folder: join(folder, 'shell'),
      programs: await typedPrograms(),
      env: { KUBECONFIG: cluster().connection.kubeconfig, NO_COLOR: '1' },
    });
  });
  afterAll(async () => {
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function follow({ line, code, instead, after }: GuideBlock): Promise<void> {
    const typed = instead === undefined ? code : standIns.instead[instead];
    const happens = after === undefined ? () => Promise.resolve() : standIns.after[after];
    if (typed === undefined || happens === undefined)
      throw new Error(`line ${line}: there is no stand-in of that name`);
    try {
      await shell.run(typed);
      await happens();
    } catch (error) {
      const log = await readFile(join(folder, 'manager.log'), 'utf8').catch(() => '');
      const end = log.trimEnd().split('\n').slice(-15).join('\n');
      throw new Error(`docs/getting-started.md:${line} could not be followed. The end of the manager's log:\n${end}`, {
        cause: error,
      });
    }
  }

  it.each(sections)('%s', async (section) => {
    expect(failed, 'a section before could not be followed').toBeUndefined();
    failed = section;
    for (const block of blocks.filter((each) => each.section === section)) await follow(block);
    failed = undefined;
  });

  it('ends with two healthy releases, the second one in a namespace that Flux has made', async () => {
    const [url, token] = [await shell.variable('RELEASE_MANAGER_URL'), await shell.variable('RELEASE_MANAGER_TOKEN')];
    const { items } = await createClient({ url, token }).call(listReleases, { environment: 'dev' });
    const ended = items.map(({ service, state, actor }) => `${service} ${state}, by ${actor.name}`);
    expect(ended.toSorted()).toEqual(['cart healthy, by ada', 'hello healthy, by ada']);
    const { client } = cluster();
    const cart = await client.get({ kind: 'Deployment', namespace: 'shop', name: 'cart' });
    expect(at(cart, 'status', 'readyReplicas')).toBe(2);
    const made = await client.get({ kind: 'Namespace', name: 'shop' });
    expect(made.metadata.labels).toMatchObject({ 'kustomize.toolkit.fluxcd.io/name': 'clusters-dev' });
  });
});
