import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TextSource, World } from '../core/world.ts';
import { runCli } from '../run-cli.ts';

export interface TestRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface TestOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly fetch?: typeof fetch;
  readonly terminal?: boolean;
  /** Of the terminal. */
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly typed?: string;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  readonly sleep?: World['sleep'];
  readonly onText?: (text: string) => void;
  /** The same of data. */
  readonly onOut?: (text: string) => void;
  readonly runAgain?: World['runAgain'];
}

export const managerUrl = 'http://manager.test';

/** Runs a command line in process: no terminal, no network but the given one, a home that does not exist. */
export async function runInTest(argv: readonly string[], options: TestOptions = {}): Promise<TestRun> {
  let out = '';
  let err = '';
  const isTTY = options.terminal ?? false;
  const size = { columns: 100, rows: 40, ...options.size };
  const stdin: TextSource = {
    isTTY,
    readAll: () => Promise.resolve(options.typed ?? ''),
    readLine({ ask }) {
      ask();
      return Promise.resolve(options.typed ?? '');
    },
  };
  const hear = options.onText ?? ((): void => undefined);
  const hearOut = options.onOut ?? ((): void => undefined);
  let clock = Date.parse('2026-11-21T09:00:00Z');
  const code = await runCli(argv, {
    env: {
      HOME: join(tmpdir(), 'no-such-home'),
      PATH: process.env['PATH'],
      RELEASE_MANAGER_URL: managerUrl,
      RELEASE_MANAGER_TOKEN: 'rm_test_token',
      ...options.env,
    },
    cwd: options.cwd ?? tmpdir(),
    stdout: {
      isTTY,
      ...size,
      write(text) {
        out += text;
        hearOut(text);
      },
    },
    stderr: {
      isTTY,
      ...size,
      write(text) {
        err += text;
        hear(text);
      },
    },
    stdin,
    fetch: options.fetch ?? (() => Promise.reject(new TypeError('fetch failed'))),
    signal: options.signal ?? new AbortController().signal,
    runAgain: options.runAgain ?? ((): void => undefined),
    now: options.now ?? (() => new Date(clock)),
    // Time stands still but for sleeping, which takes none.
    sleep:
      options.sleep ??
      (async (milliseconds) => {
        clock += milliseconds;
        await new Promise((resolve) => setImmediate(resolve));
      }),
  });
  return { code, out, err };
}
