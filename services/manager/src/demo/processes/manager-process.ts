import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { bareEnvironment } from './run-program.ts';

const mainFile = fileURLToPath(new URL('../../main.ts', import.meta.url));

export interface ManagerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said beside its log. */
  readonly words: string;
}

/** The real manager as a child: what `npm start` runs. */
export interface ManagerProcess {
  readonly pid: number;
  /** Resolves with its addresses once it answers; rejects with its own words when it ends before. */
  readonly ready: Promise<{ readonly url: string; readonly metrics: string; readonly configRepo: string }>;
  readonly exited: Promise<ManagerExit>;
  /** Asks it to end, or with SIGKILL makes it; resolves when it has. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<ManagerExit>;
}

export interface ManagerProcessOptions {
  /** Its settings; ports are free ones unless they are among them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly home: string;
  /** Everything it writes is added here. */
  readonly logFile: string;
  readonly cwd?: string;
  /** What to run instead of the manager of this checkout, with its arguments; it says of itself what the manager says. */
  readonly program?: readonly [string, ...string[]];
}

export function startManagerProcess({ settings, home, logFile, ...options }: ManagerProcessOptions): ManagerProcess {
  const { cwd = home, program = [process.execPath, mainFile] } = options;
  const [command, ...args] = program;
  const child = spawn(command, args, {
    cwd,
    env: { ...bareEnvironment(home), PORT: '0', METRICS_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  const words: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    words.push(chunk.toString());
    log.write(chunk);
  });
  const exited = new Promise<ManagerExit>((resolve) => {
    child.once('close', (code, signal) => {
      log.end();
      resolve({ code, signal, words: words.join('') });
    });
  });
  const ready = awaitReady(child, (line) => log.write(`${line}\n`), exited);
  // Whoever only waits for the exit does not look at it.
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    ready,
    exited,
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

async function awaitReady(
  child: ChildProcess,
  keep: (line: string) => void,
  exited: Promise<ManagerExit>,
): ManagerProcess['ready'] {
  const { stdout } = child;
  if (stdout === null) throw new Error('the manager was started without a pipe for its log');
  const found = Promise.withResolvers<Awaited<ManagerProcess['ready']>>();
  createInterface({ input: stdout }).on('line', (line) => {
    keep(line);
    if (!line.includes('"manager is ready"')) return;
    found.resolve(JSON.parse(line) as Awaited<ManagerProcess['ready']>);
  });
  const early = exited.then(({ code, signal, words }) => {
    throw new Error(`the manager ended before it was ready (${signal ?? `exit ${code}`}): ${words.trim()}`);
  });
  return Promise.race([found.promise, early]);
}
