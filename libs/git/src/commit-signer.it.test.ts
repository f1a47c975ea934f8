import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createMirror, noCredentials, openCommitSigner, type CommitSigner, type Mirror, type Oid } from './index.ts';

const run = promisify(execFile);
const manager = { name: 'release-manager', email: 'manager@example.com' };

let server: GitServer;
let folder: string;
let signer: CommitSigner | undefined;

beforeAll(async () => {
  server = await startGitServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signer-'));
  await rm(server.path('config'), { recursive: true, force: true });
  await server.create('config');
});
afterEach(async () => {
  await signer?.close();
  signer = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** A key as people make it. */
async function sshKey(...options: string[]): Promise<string> {
  const path = join(folder, 'made');
  await rm(path, { force: true });
  await run('ssh-keygen', ['-q', '-N', '', '-f', path, ...options]);
  return readFile(path, 'utf8');
}

async function signingMirror(privateKey: string): Promise<Mirror> {
  signer = await openCommitSigner({ privateKey, folder: join(folder, 'gpg') });
  const opened = signer;
  return createMirror({
    folder: join(folder, 'mirror'),
    url: server.url('config'),
    branch: 'main',
    credentials: noCredentials,
    sign: (payload) => opened.sign(payload),
  });
}

/** Commits one after the other on `base`, pushed at once. */
async function pushCommits(mirror: Mirror, base: Oid | undefined, count: number, message = 'a release'): Promise<Oid> {
  const writer = mirror.writer(base);
  const signature = { ...manager, at: new Date('2026-03-04T05:06:07Z') };
  for (let index = 0; index < count; index += 1) {
    const edits = [{ kind: 'put' as const, path: 'dev/a', content: Buffer.from(`${base ?? ''}${index}`) }];
    await writer.commit(edits, { message, author: { ...signature, name: 'Ada Łö\n' }, committer: signature });
  }
  await writer.flush();
  expect(await mirror.push(base, writer.tip as Oid)).toBe('landed');
  return writer.tip as Oid;
}

/** What git itself says of the signatures of all commits of main: `G` is a good one. */
async function judged(...config: string[]): Promise<string[]> {
  const options = config.flatMap((each) => ['-c', each]);
  return (await server.git('config', ...options, 'log', '--format=%G?', 'main')).trim().split('\n');
}

async function allowedSigners(publicKey: string): Promise<string> {
  const file = join(folder, 'allowed');
  await writeFile(file, `${manager.email} namespaces="git" ${publicKey}\n`);
  return `gpg.ssh.allowedSignersFile=${file}`;
}

describe('a commit signed with an ssh key', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['rsa in PEM', ['-t', 'rsa', '-b', '3072', '-m', 'PEM']],
    ['ecdsa p-256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa p-384', ['-t', 'ecdsa', '-b', '384']],
    ['ecdsa p-521', ['-t', 'ecdsa', '-b', '521']],
  ])('is verified by git: %s', async (_kind, options) => {
    const mirror = await signingMirror(await sshKey(...options));
    await pushCommits(mirror, undefined, 20, 'Ein Commit mit Ümläuten 🚀\n\nService: web');
    expect(new Set(await judged(await allowedSigners(signer?.publicKey ?? '')))).toEqual(new Set(['G']));
    const [type, blob] = (signer?.publicKey ?? '').split(' ');
    expect(await readFile(join(folder, 'made.pub'), 'utf8')).toContain(`${type} ${blob}`);
  });

  it('is verified by name, and not against somebody else’s key', async () => {
    const mirror = await signingMirror(await sshKey('-t', 'ed25519'));
    await pushCommits(mirror, undefined, 1);
    const allowed = await allowedSigners(signer?.publicKey ?? '');
    await expect(server.git('config', '-c', allowed, 'verify-commit', 'main')).resolves.toBe('');
    await sshKey('-t', 'ed25519');
    const stranger = (await readFile(join(folder, 'made.pub'), 'utf8')).trim();
    const others = await allowedSigners(stranger);
    await expect(server.git('config', '-c', others, 'verify-commit', 'main')).rejects.toMatchObject({ code: 1 });
  });

  it('is signed anew when it is planned again on another tip', async () => {
    const mirror = await signingMirror(await sshKey('-t', 'ed25519'));
    const base = await pushCommits(mirror, undefined, 1);
    const late = mirror.writer(base);
    const signature = { ...manager, at: new Date() };
    const meta = { message: 'late', author: signature, committer: signature };
    await late.commit([{ kind: 'put', path: 'b', content: Buffer.from('b') }], meta);
    await late.flush();
    const tip = await pushCommits(mirror, base, 3);
    expect(await mirror.push(base, late.tip as Oid)).toBe('rejected');
    const again = mirror.writer(tip);
    await again.commit([{ kind: 'put', path: 'b', content: Buffer.from('b') }], meta);
    await again.flush();
    expect(await mirror.push(tip, again.tip as Oid)).toBe('landed');
    expect(await judged(await allowedSigners(signer?.publicKey ?? ''))).toEqual(['G', 'G', 'G', 'G', 'G']);
  });

  it('costs so little that a batch of 500 stays a matter of moments', async () => {
    signer = await openCommitSigner({ privateKey: await sshKey('-t', 'ed25519'), folder: join(folder, 'gpg') });
    const begun = performance.now();
    for (let index = 0; index < 500; index += 1)
      await signer.sign(Buffer.from(`a commit of some size ${index}`.repeat(20)));
    // A program for each signature would need half a minute on a machine as busy as this may be.
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

const gpgIsInstalled = existsSync('/usr/bin/gpg');

// On a machine of ours it has to run; elsewhere there may be no gpg.
describe.skipIf(!gpgIsInstalled && process.env['CI'] !== 'true')(
  'a commit signed with an OpenPGP key (needs gpg)',
  () => {
    /** An unprotected key, exported from a keyring of its own. */
    async function gpgKey(
      passphrase: string,
    ): Promise<{ privateKey: string; home: string; readonly stop: () => Promise<void> }> {
      const home = await mkdtemp(join(tmpdir(), 'gpg-'));
      // By default the agent makes passphrases slow to try, for seconds on a busy machine.
      await writeFile(join(home, 'gpg-agent.conf'), 's2k-count 65536\n');
      const options = ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', passphrase];
      await run('gpg', [...options, '--quick-gen-key', `Manager <${manager.email}>`, 'ed25519', 'sign', 'never']);
      const { stdout } = await run('gpg', [...options, '--armor', '--export-secret-keys']);
      const stop = async (): Promise<void> => {
        await run('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
        await rm(home, { recursive: true, force: true, maxRetries: 3 });
      };
      return { privateKey: stdout, home, stop };
    }

    it('is verified by git with gpg, and leaves no key behind', async () => {
      const { privateKey, home, stop } = await gpgKey('');
      const mirror = await signingMirror(privateKey);
      await pushCommits(mirror, undefined, 5);
      const wrapper = join(folder, 'gpg-with-keys');
      await writeFile(wrapper, `#!/bin/sh\nexec gpg --homedir ${home} "$@"\n`, { mode: 0o755 });
      expect(new Set(await judged(`gpg.program=${wrapper}`))).toEqual(new Set(['G']));
      await signer?.close();
      expect(await readdir(folder)).not.toContain('gpg');
      await stop();
    });

    it('may have its keys in a folder whose path is longer than that of a socket can be', async () => {
      const { privateKey, stop } = await gpgKey('');
      const long = join(folder, 'x'.repeat(60), 'y'.repeat(60));
      signer = await openCommitSigner({ privateKey, folder: long });
      expect(await signer.sign(Buffer.from('x'))).toContain('BEGIN PGP SIGNATURE');
      await signer.close();
      expect(await readdir(join(long, '..'))).toEqual([]);
      await stop();
    });

    it('is refused at the start when a passphrase protects the key', async () => {
      const { privateKey, stop } = await gpgKey('secret words');
      await expect(signingMirror(privateKey)).rejects.toMatchObject({ code: 'git.signing-failed' });
      expect(await readdir(folder)).not.toContain('gpg');
      await stop();
    });
  },
);

describe('a key that cannot sign', () => {
  it('is refused at the start, and never shown', async () => {
    const locked = join(folder, 'locked');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret words', '-f', locked]);
    const pgp = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabcd\n-----END PGP PUBLIC KEY BLOCK-----';
    for (const privateKey of [
      '',
      'no key',
      await readFile(`${locked}.pub`, 'utf8'),
      await readFile(locked, 'utf8'),
      pgp,
    ]) {
      const error = await signingMirror(privateKey).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ kind: 'invalid', code: 'git.bad-key' });
      const lines = privateKey.split('\n').filter((line) => line.length > 20);
      for (const line of lines) expect(JSON.stringify([String(error), error])).not.toContain(line);
    }
  });
});
