import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** 128 + n when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment; nothing of this process's own is passed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Ends it, and rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end, with fixed words and no shell. Rejects where it cannot be started, or when it was stopped. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input = '', signal }: ProgramOptions,
): Promise<ProgramResult> {
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], signal });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A program that ends without reading closes the pipe; its exit code says what there is to say.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** What every program needs to find others, and nothing that would let the machine's own settings in. */
export function bareEnvironment(home: string): Record<string, string> {
  const { PATH = '', TMPDIR } = process.env;
  return {
    PATH,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  };
}
