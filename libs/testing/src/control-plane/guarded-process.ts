import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

export interface ProcessOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What it writes is added to this file. */
  readonly logFile: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that never outlives the process which started it. */
export interface GuardedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** What ended it; `undefined` while it runs. */
  exit(): ProcessExit | undefined;
  readonly exited: Promise<ProcessExit>;
  /** Sends the signal and waits until it is gone; one that does not listen within `graceMs` is killed. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<ProcessExit>;
}

/**
 * Beside the program waits a shell on a pipe that nobody writes to. It ends when its other end does, however that came about,
 * and takes the whole process group with it. The program itself has replaced the first shell, so its pid and exit are its own.
 */
const guard = '(read -r _ <&3; kill -KILL 0) & exec "$@" 3<&-';

export function startProcess({ name, program, args, env, cwd, logFile }: ProcessOptions): GuardedProcess {
  const log = openSync(logFile, 'a');
  const child = spawn('/bin/sh', ['-c', guard, name, program, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  const lifeline = child.stdio[3];
  lifeline?.on('error', () => undefined);
  let ended: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      lifeline?.destroy();
      resolve(ended);
    });
  });
  exited.catch(() => undefined);
  const { pid = -1 } = child;
  return {
    name,
    pid,
    logFile,
    exited,
    exit: () => ended,
    async stop(signal = 'SIGKILL', graceMs = 20_000) {
      if (ended === undefined) send(pid, signal);
      const patience = new AbortController();
      const impatient = setTimeout(graceMs, undefined, { signal: patience.signal }).then(
        () => (ended === undefined ? send(pid, 'SIGKILL') : undefined),
        () => undefined,
      );
      const exit = await exited;
      patience.abort();
      await impatient;
      return exit;
    },
  };
}

/** The guard is of the same group, and has to live as long as the program does. */
function send(pid: number, signal: NodeJS.Signals): void {
  // Less than 2 would be everybody, or ourselves.
  if (pid < 2) return;
  try {
    process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
  } catch {
    // It was faster.
  }
}

/**
 * Waits until `ready` says so.
 * @throws Error with the end of the log when the process ends before, or takes too long.
 */
export async function untilReady(
  started: GuardedProcess,
  ready: () => Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ready().catch(() => false))) {
    const exit = started.exit();
    if (exit !== undefined) throw await failure(started, `ended with ${exit.signal ?? `code ${exit.code}`}`);
    if (Date.now() > deadline) throw await failure(started, `is not ready after ${timeoutMs / 1_000} s`);
    await setTimeout(25);
  }
}

async function failure({ name, logFile }: GuardedProcess, what: string): Promise<Error> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return new Error(`${name} ${what}. The end of ${logFile}:\n${log.trimEnd().split('\n').slice(-15).join('\n')}`);
}
