import { fileURLToPath } from 'node:url';

import { bareEnvironment, runProgram, type ProgramResult } from './run-program.ts';

const program = fileURLToPath(new URL('../../../../cli/bin/release-cli.mjs', import.meta.url));

export interface CliOptions {
  /** Who calls: their home with their git configuration. */
  readonly home: string;
  readonly url?: string;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CliCall {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Calls the real `release-cli` as somebody. */
export type Cli = (args: readonly string[], call?: CliCall) => Promise<ProgramResult>;

export function createCli({ home, url, token, signal }: CliOptions): Cli {
  return (args, { cwd = home, env = {}, input = '' } = {}) =>
    runProgram(process.execPath, [program, ...args], {
      cwd,
      env: {
        ...bareEnvironment(home),
        ...(url === undefined ? {} : { RELEASE_MANAGER_URL: url }),
        ...(token === undefined ? {} : { RELEASE_MANAGER_TOKEN: token }),
        ...env,
      },
      input,
      signal,
    });
}
