import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { buildVersitygw } from './build-versitygw.ts';

/** A real S3 server on the loopback, with one bucket, until it is stopped. */
export interface Versitygw extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  /** What the AWS SDK reads from the environment to reach this server and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
}

const startTimeoutMs = 10_000;

/** Builds the server where that was not done yet, which may take minutes, and starts it on a free port. */
export async function startVersitygw(bucket = 'artifacts'): Promise<Versitygw> {
  const program = await buildVersitygw();
  const home = await mkdtemp(join(tmpdir(), 'versitygw-'));
  // A folder at the top is a bucket. Metadata lies beside it, since not every file system has extended attributes.
  await mkdir(join(home, 'data', bucket), { recursive: true });
  await mkdir(join(home, 'meta'));
  const keys = { access: `key${randomBytes(8).toString('hex')}`, secret: randomBytes(20).toString('hex') };
  const port = await freePort();
  const child = spawn(
    program,
    ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', join(home, 'meta'), join(home, 'data')],
    { stdio: 'ignore', cwd: home, env: { ROOT_ACCESS_KEY: keys.access, ROOT_SECRET_KEY: keys.secret } },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await stopChild(child);
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    await answering(endpoint, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, bucket, environment: sdkEnvironment(endpoint, keys), [Symbol.asyncDispose]: stop };
}

function sdkEnvironment(endpoint: string, keys: { access: string; secret: string }): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: keys.access,
    AWS_SECRET_ACCESS_KEY: keys.secret,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The server does not say which port it took when it is given none. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Any answer will do: a request without a signature is refused, which only a server that runs can do. */
async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer !== undefined) return;
    if (child.exitCode !== null) throw new Error(`versitygw ended with code ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`versitygw does not answer at ${endpoint}`);
    await setTimeout(20);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
