import { setTimeout as wait } from 'node:timers/promises';

import type { GitServer } from '@release-manager/testing';

import {
  startManagerProcess,
  type ManagerProcess,
} from '../../../services/manager/src/demo/processes/manager-process.ts';

export interface KillerOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly home: string;
  readonly logFile: string;
  readonly random: () => number;
  readonly kills: number;
  readonly git: GitServer;
  /** Called once the manager can be asked, each time. */
  readonly onReady: (url: string) => void;
}

/** Where a kill struck, for the report of a run that failed. */
export interface Kills {
  readonly struck: readonly string[];
  /** The manager that was left alive, for its end. */
  readonly survivor: ManagerProcess;
}

/**
 * Starts the manager, kills it with -9 at a moment that the seed chooses, and again; the last one lives. A third of the kills
 * strike some time after the start, whatever it does then; the others when a push arrives at the remote, before or while it
 * is taken: between the record of the attempt and the answer lies what is hardest to get right.
 */
export async function killAndRestart(options: KillerOptions): Promise<Kills> {
  const { settings, home, logFile, random, git, onReady } = options;
  const struck: string[] = [];
  let port = '0';
  const start = (): ManagerProcess => startManagerProcess({ home, logFile, settings: { ...settings, PORT: port } });
  for (let round = 0; round < options.kills; round += 1) {
    const manager = start();
    struck.push(await strike(manager, { random, git, onReady: (url) => onReady((port = new URL(url).port) && url) }));
  }
  git.beforeRequest(undefined);
  const survivor = start();
  onReady((await survivor.ready).url);
  return { struck, survivor };
}

interface StrikeOptions {
  readonly random: () => number;
  readonly git: GitServer;
  readonly onReady: (url: string) => void;
}

async function strike(manager: ManagerProcess, { random, git, onReady }: StrikeOptions): Promise<string> {
  const atPush = random() < 0.66;
  const delayMs = Math.floor(random() * (atPush ? 60 : 1_500));
  const pushed = Promise.withResolvers<void>();
  git.beforeRequest(({ kind }) => {
    if (kind === 'push') pushed.resolve();
    return 'none';
  });
  const { url } = await manager.ready;
  onReady(url);
  // Where no push comes for a while there is nothing left to push, and any moment is as good.
  if (atPush) await Promise.race([pushed.promise, wait(2_500)]);
  await wait(delayMs);
  await manager.end('SIGKILL');
  return atPush ? `${delayMs} ms after a push began` : `${delayMs} ms after it was ready`;
}
