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
  /** Called once the manager can be asked, with how often it was killed before. */
  readonly onReady: (url: string, killed: number) => void;
}

/** Where a kill struck, for the report of a run that failed. */
export interface Kills {
  readonly struck: readonly string[];
  /** The manager that was left alive, for its end. */
  readonly survivor: ManagerProcess;
}

/**
 * Starts the manager, kills it with -9 at a moment that the seed chooses, and again; the last one lives. A third of the kills
 * strike some time after the start, whatever it does then; the others when one of its first pushes arrives at the remote,
 * before or while it is taken: between the record of the attempt and the answer lies what is hardest to get right.
 */
export async function killAndRestart(options: KillerOptions): Promise<Kills> {
  const { settings, home, logFile, random, git, onReady } = options;
  const struck: string[] = [];
  let port = '0';
  const start = (): ManagerProcess => startManagerProcess({ home, logFile, settings: { ...settings, PORT: port } });
  for (let round = 0; round < options.kills; round += 1) {
    const manager = start();
    struck.push(
      await strike(manager, {
        random,
        git,
        onReady: (url) => {
          ({ port } = new URL(url));
          onReady(url, round);
        },
      }),
    );
  }
  git.beforeRequest(undefined);
  const survivor = start();
  onReady((await survivor.ready).url, options.kills);
  return { struck, survivor };
}

interface StrikeOptions {
  readonly random: () => number;
  readonly git: GitServer;
  readonly onReady: (url: string) => void;
}

/** Where no push comes for so long there is nothing left to push, and any moment is as good. */
const quietMs = 2_500;

async function strike(manager: ManagerProcess, { random, git, onReady }: StrikeOptions): Promise<string> {
  const atPush = random() < 0.66 ? 1 + Math.floor(random() * 3) : 0;
  const delayMs = Math.floor(random() * (atPush > 0 ? 60 : 1_500));
  const reached = Promise.withResolvers<void>();
  let pushes = 0;
  let quiet: NodeJS.Timeout | undefined;
  git.beforeRequest(({ kind }) => {
    if (kind !== 'push') return 'none';
    pushes += 1;
    quiet?.refresh();
    if (pushes === atPush) reached.resolve();
    return 'none';
  });
  const { url } = await manager.ready;
  onReady(url);
  if (atPush > pushes) {
    quiet = setTimeout(reached.resolve, quietMs);
    await reached.promise;
    clearTimeout(quiet);
  }
  await wait(delayMs);
  await manager.end('SIGKILL');
  return atPush > 0 ? `${delayMs} ms after push ${atPush} began` : `${delayMs} ms after it was ready`;
}
