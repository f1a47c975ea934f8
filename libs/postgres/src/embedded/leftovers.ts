import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';

import { AppError } from '@release-manager/domain';

import { eventually, signal } from './processes.ts';

/**
 * Ends every Postgres process that still works in the folder, and then removes `postmaster.pid`.
 *
 * Both halves matter after a kill -9. A server that outlived its manager would become the second one on this folder. And
 * the pid in a stale file may by now belong to a stranger (in a container it usually does), for which Postgres would refuse
 * to start. Only once no process works in the folder may the file go: it also guards against orphaned backends.
 * @param cluster real path of Postgres' data folder
 * @throws AppError unavailable `database.leftover`
 */
export async function clearLeftovers(cluster: string): Promise<void> {
  for (const [name, patienceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    const running = await serverProcesses(cluster);
    const postmaster = await recordedPid(cluster);
    const addressed =
      name === 'SIGINT' && postmaster !== undefined && running.includes(postmaster) ? [postmaster] : running;
    for (const pid of addressed) signal(pid, name);
    if (await eventually(async () => (await serverProcesses(cluster)).length === 0, patienceMs)) {
      await rm(path.join(cluster, 'postmaster.pid'), { force: true });
      return;
    }
  }
  const left = await serverProcesses(cluster);
  throw new AppError('unavailable', 'database.leftover', `An earlier Postgres (pid ${left.join(', ')}) does not end.`, {
    next: `End these processes, then start again; their folder is ${cluster}.`,
  });
}

/** The processes that have the folder as working folder (every Postgres process has) or name it on their command line. */
export async function serverProcesses(cluster: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (/^\d+$/.test(entry) && (await worksIn(cluster, entry))) found.push(Number(entry));
  }
  return found;
}

async function worksIn(cluster: string, pid: string): Promise<boolean> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    // A zombie has an empty command line; a person's shell in the folder is none of ours.
    if (!/^[^\0]*postgres/.test(commandLine)) return false;
    if (commandLine.split('\0').includes(cluster)) return true;
    return (await readlink(`/proc/${pid}/cwd`)) === cluster;
  } catch {
    return false;
  }
}

async function recordedPid(cluster: string): Promise<number | undefined> {
  try {
    const [first = ''] = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    return /^\d+$/.test(first) ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}
