import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AppError } from '@release-manager/domain';
import {
  sshServerIsInstalled,
  startGitServer,
  startSshServer,
  type GitServer,
  type SshServer,
} from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  createMirror,
  noCredentials,
  openSshIdentity,
  type Credentials,
  type Mirror,
  type Oid,
  type SshIdentity,
} from './index.ts';

const at = new Date('2026-03-04T05:06:07Z');
const person = { name: 'Ada', email: 'ada@example.com', at };

// On a machine of ours it has to run; elsewhere there may be no sshd.
describe.skipIf(!sshServerIsInstalled && process.env['CI'] !== 'true')(
  'a remote over ssh (needs /usr/sbin/sshd)',
  () => {
    let ssh: SshServer;
    let git: GitServer;
    let folder: string;
    let identity: SshIdentity;
    let mirrors = 0;

    beforeAll(async () => {
      ssh = await startSshServer();
      git = await startGitServer();
    });
    afterAll(async () => {
      await ssh.stop();
      await git.stop();
    });
    beforeEach(async () => {
      // A name that a shell and ssh would both read as more than itself.
      folder = await mkdtemp(join(tmpdir(), 'ssh 100%h ;x-'));
      await rm(git.path('config'), { recursive: true, force: true });
      await git.create('config');
      identity = await openSshIdentity({
        privateKey: ssh.clientKey,
        knownHosts: ssh.knownHosts,
        folder: join(folder, 'keys'),
      });
    });
    afterEach(async () => {
      await identity.close();
      await rm(folder, { recursive: true, force: true });
    });

    function mirrorWith(credentials: Credentials, url = ssh.url(git.path('config'))): Mirror {
      mirrors += 1;
      return createMirror({
        folder: join(folder, `mirror${mirrors}`),
        url,
        branch: 'main',
        credentials,
        timeoutSeconds: 20,
      });
    }

    async function commit(mirror: Mirror, base: Oid | undefined, text: string): Promise<Oid> {
      const writer = mirror.writer(base);
      const edits = [{ kind: 'put' as const, path: 'dev/a', content: Buffer.from(text) }];
      const oid = await writer.commit(edits, { message: 'change', author: person, committer: person });
      await writer.flush();
      return oid as Oid;
    }

    async function failure(work: Promise<unknown>): Promise<AppError> {
      return work.then(
        () => Promise.reject(new Error('it did not fail')),
        (error: unknown) => error as AppError,
      );
    }

    const text = (error: AppError): string =>
      JSON.stringify([error.message, error.stack, error.next, error.details, String(error.cause)]);

    it('is read and written with the deploy key, also by a second clone that fetches contents on demand', async () => {
      const mirror = mirrorWith(identity.credentials);
      const first = await commit(mirror, undefined, 'one');
      expect(await mirror.push(undefined, first)).toBe('landed');
      const second = await commit(mirror, first, 'two');
      expect(await mirror.push(first, second)).toBe('landed');
      expect(await mirror.push(first, await commit(mirror, first, 'late'))).toBe('rejected');
      const reader = mirrorWith(identity.credentials);
      expect(await reader.fetch()).toBe(second);
      expect(String(await reader.tree(second).read('dev/a'))).toBe('two');
      expect((await reader.commitsBetween(undefined, second)).map(({ oid }) => oid)).toEqual([second, first]);
    });

    it('gets the key from a file that only we may read, which is gone afterwards', async () => {
      const { keyFile } = identity.credentials;
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      expect((await stat(join(keyFile, '..'))).mode & 0o777).toBe(0o700);
      await identity.close();
      await expect(stat(join(keyFile, '..'))).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('takes a key whose line ends an environment variable has changed', async () => {
      const privateKey = ssh.clientKey.trim().replaceAll('\n', '\r\n');
      const other = await openSshIdentity({
        privateKey,
        knownHosts: ssh.knownHosts.trim(),
        folder: join(folder, 'keys2'),
      });
      expect(await mirrorWith(other.credentials).fetch()).toBeUndefined();
    });

    it('is not talked to when its host key is another than the pinned one, and the error says what to do', async () => {
      const [, type = '', key = ''] = ssh.knownHosts.split(' ');
      const [place = ''] = ssh.knownHosts.split(' ');
      const forged = `${key.trim().slice(0, -8)}AAAAAAA=`;
      for (const knownHosts of [`${place} ${type} ${forged}`, `other.example.com ${type} ${key}`]) {
        const other = await openSshIdentity({ privateKey: ssh.clientKey, knownHosts, folder: join(folder, 'keys3') });
        const mirror = mirrorWith(other.credentials);
        const read = await failure(mirror.fetch());
        expect(read).toMatchObject({ kind: 'unavailable', code: 'git.host-key' });
        expect(read.next).toContain('known hosts');
        // Certainly not sent: nothing has to be looked up before it is tried again.
        expect(
          await failure(
            mirror.push(undefined, await commit(mirrorWith(noCredentials, git.url('config')), undefined, 'x')),
          ),
        ).toMatchObject({
          code: 'git.host-key',
        });
      }
    });

    it('that does not know the key is named as the reason, and the key is not shown', async () => {
      const other = await openSshIdentity({
        privateKey: ssh.strangerKey,
        knownHosts: ssh.knownHosts,
        folder: join(folder, 'keys4'),
      });
      const error = await failure(mirrorWith(other.credentials).fetch());
      expect(error).toMatchObject({ kind: 'unavailable', code: 'git.credentials-refused' });
      for (const line of ssh.strangerKey.split('\n').filter((each) => each.length > 30 && !each.startsWith('-')))
        expect(text(error)).not.toContain(line);
    });

    it('is out of reach without a key: no agent and no key of the user is asked', async () => {
      expect((await failure(mirrorWith(noCredentials).fetch())).code).toBe('git.host-key');
      expect(await ssh.sessions()).not.toContain('SSH_AUTH_SOCK');
    });

    it('that lacks the repository says so', async () => {
      const error = await failure(mirrorWith(identity.credentials, ssh.url('/nowhere/config.git')).fetch());
      expect(error.code).toBe('git.repository-not-found');
    });

    it('never finds the key in an argument list, an environment or another file', async () => {
      const lines = ssh.clientKey.split('\n').filter((line) => line.length > 30 && !line.startsWith('-'));
      const seen: string[] = [];
      const enough = new AbortController();
      const look = async (): Promise<void> => {
        while (!enough.signal.aborted) {
          for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
            const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
            if (!/git|ssh/.test(command)) continue;
            seen.push(command, await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''));
          }
        }
      };
      const watching = look();
      const mirror = mirrorWith(identity.credentials);
      expect(await mirror.push(undefined, await commit(mirror, undefined, 'one'))).toBe('landed');
      enough.abort();
      await watching;
      expect(seen.some((each) => each.includes(identity.credentials.keyFile.replaceAll('%', '%%')))).toBe(true);
      for (const line of lines) expect(seen.filter((each) => each.includes(line))).toEqual([]);
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        if (!entry.isFile() || file === identity.credentials.keyFile) continue;
        const content = await readFile(file, 'latin1');
        for (const line of lines) expect(content).not.toContain(line);
      }
    });
  },
);

describe('what cannot be a key', () => {
  const open = (privateKey: string, knownHosts = `host ssh-ed25519 ${'A'.repeat(68)}`): Promise<unknown> =>
    openSshIdentity({ privateKey, knownHosts, folder: join(tmpdir(), 'never-made') });

  it.each([
    '',
    'a password',
    'ssh-ed25519 AAAA',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
  ])('is refused at the start: %j', async (key) => {
    await expect(open(key)).rejects.toMatchObject({ kind: 'invalid', code: 'git.bad-key' });
  });
});
