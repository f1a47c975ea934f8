import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = '/usr/sbin/sshd';

/** Whether OpenSSH's server is installed here. */
export const sshServerIsInstalled = existsSync(program);

export interface SshServer {
  /** `ssh://…` of a bare repository's folder. */
  url(folder: string): string;
  /** What a client has to know of this host: a line for `known_hosts`. */
  readonly knownHosts: string;
  /** The private key that may log in. */
  readonly clientKey: string;
  /** One that may not. */
  readonly strangerKey: string;
  /** The environment of each session so far, as its commands saw it. */
  sessions(): Promise<string>;
  stop(): Promise<void>;
}

/** A real sshd on a loopback port, for one user and git's commands alone. */
export async function startSshServer(): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ssh-server-'));
  const path = (name: string): string => join(folder, name);
  for (const name of ['host', 'client', 'stranger'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path(name)]);
  await writeFile(path('authorized'), await readFile(path('client.pub')));
  await writeFile(path('serve'), `#!/bin/sh\nenv >> ${path('sessions')}\nexec git-shell -c "$SSH_ORIGINAL_COMMAND"\n`);
  await chmod(path('serve'), 0o755);
  const port = await freePort();
  await writeFile(path('config'), configuration(folder, port));
  // sshd separates its privileges in this folder and does not make it.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(program, ['-D', '-e', '-f', path('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child, port);
  const [type = '', key = ''] = (await readFile(path('host.pub'), 'utf8')).split(' ');
  return {
    url: (repository) => `ssh://${userInfo().username}@127.0.0.1:${port}${repository}`,
    knownHosts: `[127.0.0.1]:${port} ${type} ${key}\n`,
    clientKey: await readFile(path('client'), 'utf8'),
    strangerKey: await readFile(path('stranger'), 'utf8'),
    sessions: () => readFile(path('sessions'), 'utf8').catch(() => ''),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function configuration(folder: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized`,
    `ForceCommand ${folder}/serve`,
    `PidFile ${folder}/pid`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'AcceptEnv GIT_PROTOCOL',
    'LogLevel INFO',
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** It says on standard error that it listens; if it ends instead, that text says why. */
function listening(child: ChildProcess, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    if (said.includes(`listening on 127.0.0.1 port ${port}`)) resolve();
  });
  child.once('exit', () => reject(new Error(`sshd did not start: ${said}`)));
  return promise.then(
    () =>
      new Promise<void>((open, fail) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(open)).once('error', fail);
      }),
  );
}
