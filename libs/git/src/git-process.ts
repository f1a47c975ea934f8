import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

import { AppError } from '@release-manager/domain';

export interface GitCall {
  /** Fixed words of ours; anything from outside stands behind `--end-of-options` or `--`. */
  readonly args: readonly string[];
  readonly environment: Record<string, string>;
  readonly cwd: string;
  readonly timeoutSeconds: number;
  readonly input?: Uint8Array | readonly Uint8Array[];
  /** Beyond this many bytes of output the process is killed; default 64 MiB. */
  readonly maxOutputBytes?: number;
  /** Ends it, or keeps it from beginning. */
  readonly signal?: AbortSignal;
}

export interface GitResult {
  /** `undefined` when a signal ended it, ours included. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  /** The last 64 KiB. Not masked: goes through `credentialMask` before anybody reads it. */
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The caller's signal ended it. */
  readonly stopped: boolean;
}

const defaultOutput = 64 * 1024 * 1024;
const stderrKept = 64 * 1024;

/**
 * One native git process, without a shell, in a process group of its own, so that a time-out also ends the helpers that
 * it started (`git-remote-https`, `ssh`). An exit code other than 0 is the caller's to judge.
 * @throws AppError unavailable `git.not-installed`; limited `git.output-too-large`.
 */
export async function runGit(call: GitCall): Promise<GitResult> {
  const { signal } = call;
  if (isAborted(signal))
    return { code: undefined, stdout: Buffer.alloc(0), stderr: '', timedOut: false, stopped: true };
  const child = spawn('git', [...call.args], {
    cwd: call.cwd,
    env: call.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const output = collect(child.stdout, call.maxOutputBytes ?? defaultOutput, () => killGroup(child));
  const errors = keepLast(child.stderr);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, call.timeoutSeconds * 1000);
  const stop = (): void => killGroup(child);
  signal?.addEventListener('abort', stop);
  try {
    feed(child, call.input);
    const code = await closed(child);
    if (output.overflowed) throw tooMuch(call);
    const stdout = Buffer.concat(output.chunks);
    return {
      code: code ?? undefined,
      stdout,
      stderr: errors.text(),
      timedOut,
      stopped: code === null && isAborted(signal),
    };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function closed(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(error)));
    child.once('close', (code) => resolve(code));
  });
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
  // A helper that left the group could hold the pipes open, and we would wait for it for ever.
  child.stdout.destroy();
  child.stderr.destroy();
}

function feed(child: ChildProcessWithoutNullStreams, input: GitCall['input']): void {
  // A process that ends without reading its input breaks the pipe; its exit code says what happened.
  child.stdin.on('error', () => undefined);
  const chunks = input === undefined ? [] : input instanceof Uint8Array ? [input] : input;
  for (const chunk of chunks) child.stdin.write(chunk);
  child.stdin.end();
}

function collect(stream: NodeJS.ReadableStream, limit: number, overflow: () => void) {
  const state = { chunks: [] as Buffer[], size: 0, overflowed: false };
  stream.on('data', (chunk: Buffer) => {
    state.size += chunk.length;
    if (state.size <= limit) {
      state.chunks.push(chunk);
    } else if (!state.overflowed) {
      state.overflowed = true;
      overflow();
    }
  });
  return state;
}

function keepLast(stream: NodeJS.ReadableStream): { text(): string } {
  let kept = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-stderrKept);
  });
  return { text: () => kept.toString('utf8') };
}

function notStarted(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new AppError('unavailable', 'git.not-installed', 'The program git could not be started: it was not found.', {
    next: 'Install git 2.36 or later and make sure that it is in the PATH of this process.',
    cause: error,
  });
}

function tooMuch(call: GitCall): AppError {
  return new AppError(
    'limited',
    'git.output-too-large',
    `git ${call.args[0] ?? ''} gave more output than the limit allows and was stopped.`,
    { next: 'Ask for less at once, or look for an unusually large file or folder in the repository.' },
  );
}
