import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

export interface Outcome {
  readonly code: number;
  /** Standard output and standard error together. */
  readonly output: string;
}

/** Runs a command to its end; a command that cannot be started ends with code 127 and the reason as its output. */
export function run(command: readonly string[], timeoutMs = 60_000): Promise<Outcome> {
  const [program = '', ...rest] = command;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const chunks: string[] = [];
  const collect = (chunk: unknown): void => void chunks.push(String(chunk));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.on('error', (error) => resolve({ code: 127, output: error.message }));
  child.on('close', (code) => resolve({ code: code ?? 1, output: chunks.join('').trim() }));
  return promise;
}

/** Asks until the answer is yes or the time is over; says which. */
export async function eventually(isSo: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() >= end) return false;
    await pause(25);
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
