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
  /** Kills whatever was started, waits for the end of it, and removes the files, all but the logs where those are kept. */
  leave(options: { readonly keepLogs: boolean }): Promise<void>;
}

export async function createHome(name: string, programs: Programs): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), `cluster-${name}-`));
  const logs = join(folder, 'logs');
  await mkdir(logs);
  const started: GuardedProcess[] = [];
  return {
    folder,
    logs,
    programs,
    async start(name, args, env = {}) {
      const cwd = join(folder, name);
      await mkdir(join(cwd, 'tmp'), { recursive: true });
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
    async leave({ keepLogs }) {
      await Promise.all(started.map((one) => one.stop('SIGKILL')));
      const entries = (await readdir(folder)).filter((entry) => entry !== 'logs');
      const removed = keepLogs ? entries.map((entry) => join(folder, entry)) : [folder];
      for (const path of removed) await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
