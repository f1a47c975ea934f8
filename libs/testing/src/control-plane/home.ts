import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startProcess, type GuardedProcess } from './guarded-process.ts';
import type { ProgramName, Programs } from './programs.ts';

/** Where a cluster keeps its files, and how it starts programs. */
export interface Home {
  readonly folder: string;
  readonly logs: string;
  readonly programs: Programs;
  /** Starts a program with nothing of this process's environment, in a folder of its own; its log is `logs/<name>.log`. */
  start(name: ProgramName, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<GuardedProcess>;
  /**
   * Kills whatever was started, waits for the end of it, and removes the files, all but the logs where those are kept. Nothing
   * can be started afterwards.
   */
  leave(options: { readonly keepLogs: boolean }): Promise<void>;
}

/** @param parent the folder in which that of the cluster is made; default: the one for temporary files. */
export async function createHome(name: string, programs: Programs, parent = tmpdir()): Promise<Home> {
  const folder = await mkdtemp(join(parent, `cluster-${name}-`));
  const logs = join(folder, 'logs');
  await mkdir(logs);
  const started: GuardedProcess[] = [];
  let leaving: Promise<void> | undefined;

  async function leave(keepLogs: boolean): Promise<void> {
    await Promise.all(started.map((one) => one.stop('SIGKILL')));
    const entries = (await readdir(folder)).filter((entry) => entry !== 'logs');
    const removed = keepLogs ? entries.map((entry) => join(folder, entry)) : [folder];
    for (const path of removed) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }

  return {
    folder,
    logs,
    programs,
    async start(name, args, env = {}) {
      const cwd = join(folder, name);
      await mkdir(join(cwd, 'tmp'), { recursive: true });
      if (leaving !== undefined) throw new Error(`${name} is not started: the cluster is going down`);
      const one = startProcess({
        name,
        program: programs.program[name],
        args,
        cwd,
        env: { PATH: process.env['PATH'] ?? '', HOME: cwd, TMPDIR: join(cwd, 'tmp'), ...env },
        logFile: join(logs, `${name}.log`),
      });
      started.push(one);
      return one;
    },
    leave: ({ keepLogs }) => (leaving ??= leave(keepLogs)),
  };
}
