import { rm } from 'node:fs/promises';

import { startGitServer, startSshServer, type GitServer } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { commitAsPerson, mainFile } from '../support/config-repo.ts';
import { makeArtifact } from '../support/make-artifact.ts';
import { makeDataFolder, runContained, startContainedManager } from './support/contained-manager.ts';
import { startHttpsFront } from './support/https-front.ts';
import { buildRootFilesystem, whyNoRootFilesystem, type RootFilesystem } from './support/root-filesystem.ts';

const reason = await whyNoRootFilesystem();

describe.skipIf(reason !== undefined)(`the manager's image${reason === undefined ? '' : ` (${reason})`}`, () => {
  let root: RootFilesystem;
  let server: GitServer;
  const folders: string[] = [];

  async function dataFolder(files?: Readonly<Record<string, string>>): Promise<string> {
    const folder = await makeDataFolder(files);
    folders.push(folder);
    return folder;
  }

  beforeAll(async () => {
    root = await buildRootFilesystem('manager');
    server = await startGitServer();
  }, 20 * 60_000);

  afterAll(async () => {
    await server.stop();
    await root[Symbol.asyncDispose]();
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  async function configRepo(name: string): Promise<void> {
    await server.create(name);
    await commitAsPerson(server.url(name), { 'release-manager.yaml': mainFile });
  }

  async function releaseInto(name: string, data: string, settings: Readonly<Record<string, string>>): Promise<string> {
    await using manager = await startContainedManager(root, data, settings);
    const artifact = await makeArtifact({ service: 'cart', branch: 'main', run: 1 });
    await manager.client.upload(artifact);
    const release = await manager.cli(['release', '--artifact', artifact.spec.id, 'prod', '--service', 'cart']);
    expect(release).toMatchObject({ code: 0 });
    return await server.git(name, 'log', '-1', '--format=%s', 'main');
  }

  it('runs as a user without rights, who can write to DATA_DIR and /tmp and nowhere else', async () => {
    const data = await dataFolder();
    const seen = await runContained(
      root,
      data,
      `id -u; grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'
       for place in / /app /etc /var /usr/bin /data /tmp; do
         if touch "$place/written" 2>/dev/null; then echo "$place yes"; else echo "$place no"; fi
       done`,
    );
    expect(seen.trim().split('\n')).toEqual([
      '65532',
      'CapPrm:0000000000000000',
      'CapEff:0000000000000000',
      'CapBnd:0000000000000000',
      'NoNewPrivs:1',
      '/ no',
      '/app no',
      '/etc no',
      '/var no',
      '/usr/bin no',
      '/data yes',
      '/tmp yes',
    ]);
  });

  it('makes a release over https, believing the authority it is given', async () => {
    await configRepo('https');
    const front = await startHttpsFront(new URL(server.url('https')).origin, await dataFolder());
    try {
      const data = await dataFolder({ 'ca.crt': front.certificate });
      const settings = { CONFIG_REPO_URL: front.url(server.url('https')), GIT_SSL_CAINFO: '/data/ca.crt' };
      expect(await releaseInto('https', data, settings)).toMatch(/^\[prod\/cart\] release main-/);
    } finally {
      await front[Symbol.asyncDispose]();
    }
  });

  it('makes a release over ssh, with a deploy key and a pinned host', async () => {
    await configRepo('ssh');
    const ssh = await startSshServer();
    try {
      const data = await dataFolder({ key: ssh.clientKey, known_hosts: ssh.knownHosts });
      const settings = {
        CONFIG_REPO_URL: ssh.url(server.path('ssh')),
        CONFIG_REPO_SSH_KEY_FILE: '/data/key',
        CONFIG_REPO_KNOWN_HOSTS: ssh.knownHosts.trim(),
      };
      expect(await releaseInto('ssh', data, settings)).toMatch(/^\[prod\/cart\] release main-/);
    } finally {
      await ssh.stop();
    }
  });
});
