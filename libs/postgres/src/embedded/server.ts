import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

import { AppError } from '@release-manager/domain';

import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { run, signal } from './processes.ts';

export interface ServerOptions {
  readonly account: Account;
  readonly binaries: Binaries;
  readonly cluster: string;
  readonly port: number;
  readonly onLog: ((line: string) => void) | undefined;
  readonly fast: boolean;
}

export interface Server {
  readonly port: number;
  readonly ended: AbortSignal;
  stop(): Promise<void>;
}

/** Recovery after a crash reads the log since the last checkpoint; on a slow disk that takes its time. */
const readyTimeoutMs = 120_000;
const keptLogLines = 40;

/**
 * Starts the server and waits until it takes connections.
 * @throws AppError conflict `database.port-taken`, unavailable `database.not-started` with the end of its log
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const [program = '', ...rest] = [...options.account.prefix, ...(await diesWithUs()), ...serverCommand(options)];
  // A session of its own, so that Ctrl-C on the terminal reaches us alone and we shut down in our own order.
  const child = spawn(program, rest, { detached: true, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  child.once('error', () => ended.abort());
  const log: string[] = [];
  await ready(child, ended.signal, (line) => {
    log.push(line);
    if (log.length > keptLogLines) log.shift();
    options.onLog?.(line);
  }).catch((error: unknown) => {
    if (!ended.signal.aborted) child.kill('SIGKILL');
    throw notStarted(options.port, log, error);
  });
  // Neither the child nor its log keeps a process alive that has nothing else to do: it is the other way round.
  child.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
  return { port: options.port, ended: ended.signal, stop: () => stop(child, ended.signal) };
}

function serverCommand({ binaries, cluster, port, fast }: ServerOptions): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    max_connections: '200',
    ...(fast ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' } : {}),
  };
  return [
    binaries.postgres,
    '-D',
    cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/**
 * Has the kernel ask the server to shut down (fast, cleanly) when we die. It stands right before the program, since a
 * change of user or namespace would forget it. Without setpriv the next start ends what is left.
 */
async function diesWithUs(): Promise<string[]> {
  const prefix = ['setpriv', '--pdeathsig', 'INT', '--'];
  return (await run([...prefix, 'true'])).code === 0 ? prefix : [];
}

async function ready(child: ChildProcess, ended: AbortSignal, heard: (line: string) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('it did not become ready in time')), readyTimeoutMs);
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      heard(line);
      if (line.includes('database system is ready to accept connections')) resolve();
    });
  }
  child.once('error', reject);
  // `close` and not `exit`: the last lines of the log say why, and they come before it.
  child.once('close', () => reject(new Error('it ended at once')));
  if (ended.aborted) reject(new Error('it could not be run'));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Fast shutdown, then an immediate one, then none. */
async function stop(child: ChildProcess, ended: AbortSignal): Promise<void> {
  for (const [name, patienceMs] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ] as const) {
    if (ended.aborted || child.pid === undefined) return;
    signal(child.pid, name);
    await endsWithin(ended, patienceMs);
  }
}

async function endsWithin(ended: AbortSignal, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  ended.addEventListener('abort', () => resolve(), { once: true });
  if (ended.aborted) resolve();
  await promise;
  clearTimeout(timer);
}

function notStarted(port: number, log: readonly string[], cause: unknown): AppError {
  if (log.some((line) => line.includes('could not bind'))) {
    return new AppError('conflict', 'database.port-taken', `Port ${port} of the embedded Postgres is taken.`, {
      next: 'Choose another port for it, or none to have a free one.',
    });
  }
  const reason = log.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? log.at(-1) ?? 'it said nothing';
  return new AppError('unavailable', 'database.not-started', `The embedded Postgres did not start: ${reason}`, {
    next: 'Look at its log in the details; or set DATABASE_URL to a Postgres of your own.',
    details: { log },
    cause,
  });
}
