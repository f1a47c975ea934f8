import type { Client } from '@release-manager/contract';

import type { StageCluster } from '../cluster-kind.ts';
import type { Expectations } from '../expectations.ts';
import type { Narrator } from '../narrator.ts';
import type { Cli } from '../processes/cli.ts';
import type { ProgramResult } from '../processes/run-program.ts';
import type { Stage } from '../stage.ts';

/** What every chapter has at hand. */
export interface Story {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly expect: Expectations;
}

/** The command lines of the people and of CI, each with their own token. */
export interface Cast {
  /** An administrator. */
  readonly grace: Cli;
  /** Of the team that owns cart. */
  readonly ada: Cli;
  /** Of another team. */
  readonly sam: Cli;
  readonly ci: Cli;
  readonly graceToken: string;
  /** Waits are not typed: they ask the manager itself, as Ada. */
  readonly manager: Client;
}

/** The clusters, by environment; staging has none. */
export interface Clusters {
  readonly dev: StageCluster;
  readonly prod: StageCluster;
}

/** Types a command where everybody sees it, shows the answer, and checks how it ended. */
export async function show(
  { narrator, expect }: Story,
  cli: Cli,
  line: string,
  expected: { readonly code?: number; readonly most?: number } = {},
): Promise<ProgramResult> {
  narrator.typed(`release-cli ${line}`);
  const result = await cli(wordsOf(line));
  narrator.answered([result.stderr, result.stdout].filter((text) => text.trim() !== '').join(''), expected.most);
  expectCode({ expect }, `release-cli ${line}`, result, expected.code ?? 0);
  if (expected.code !== undefined && expected.code !== 0) narrator.say(`exit code ${result.code}`);
  return result;
}

export function expectCode(
  { expect }: Pick<Story, 'expect'>,
  what: string,
  { code, stderr }: ProgramResult,
  expected = 0,
): void {
  expect.that(`${what} ends with ${expected}`, code === expected, `${code}: ${stderr}`);
}

/** As a shell splits it, for the quotes that the demo uses. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
