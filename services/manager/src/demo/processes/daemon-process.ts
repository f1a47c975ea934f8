import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { bareEnvironment } from './run-program.ts';

const mainFile = fileURLToPath(new URL('../../../../daemon/src/main.ts', import.meta.url));

/** The real daemon as a child: what `npm run daemon` runs. */
export interface DaemonProcess {
  /** Resolves once it has read the cluster; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Rejects with its last words when it ends although nobody asked it to. */
  readonly lost: Promise<never>;
  end(): Promise<void>;
}

export interface DaemonProcessOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly home: string;
  /** Everything it writes is added here. */
  readonly logFile: string;
}

export function startDaemonProcess({ settings, home, logFile }: DaemonProcessOptions): DaemonProcess {
  const child = spawn(process.execPath, [mainFile], {
    cwd: home,
    env: { ...bareEnvironment(home), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  let words = '';
  const read = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`);
    if (line.includes('"the cluster was read"')) read.resolve();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
    log.write(chunk);
  });
  let isEnding = false;
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      log.end();
      resolve();
    });
  });
  const lost = exited.then(() => {
    if (isEnding) return new Promise<never>(() => undefined);
    throw new Error(`the daemon ended: ${words.trim()}`);
  });
  // Whoever only ends it does not look at it.
  lost.catch(() => undefined);
  return {
    ready: Promise.race([read.promise, lost]),
    lost,
    async end() {
      isEnding = true;
      child.kill('SIGTERM');
      await exited;
    },
  };
}
