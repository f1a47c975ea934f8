import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** What any user of the machine could read of a process's children. */
export interface ProcessWatch {
  /** Argument lists of all descendants that were seen, each once. */
  readonly argv: ReadonlySet<string>;
  /** `<program> <variable=value>` of all descendants, each once. */
  readonly environments: ReadonlySet<string>;
  stop(): Promise<void>;
}

const everyMs = 3;

/** Looks at /proc again and again: a child that lives for less than a few milliseconds may escape one look, not all of them. */
export function watchProcesses(root: number): ProcessWatch {
  const argv = new Set<string>();
  const environments = new Set<string>();
  let own = '';
  const stopping = new AbortController();

  const read = (pid: string, what: string): Promise<string> =>
    readFile(`/proc/${pid}/${what}`, 'latin1').catch(() => '');
  const look = async (): Promise<void> => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const parents = new Map(
      await Promise.all(pids.map(async (pid) => [pid, parentIn(await read(pid, 'stat'))] as const)),
    );
    for (const pid of pids.filter((each) => descends(each, String(root), parents))) {
      const line = (await read(pid, 'cmdline')).split('\0').join(' ');
      // Between fork and exec a child still is its parent, whose own settings nobody hides from itself.
      if (line === own) continue;
      argv.add(line);
      const program = line.split(' ')[0] ?? '';
      for (const variable of (await read(pid, 'environ')).split('\0')) environments.add(`${program} ${variable}`);
    }
  };
  const watching = (async () => {
    own = (await read(String(root), 'cmdline')).split('\0').join(' ');
    while (!stopping.signal.aborted) {
      await look();
      await wait(everyMs);
    }
  })();
  return {
    argv,
    environments,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** The name of a program may hold anything, so the fields are counted from the last parenthesis. */
function parentIn(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

function descends(pid: string, root: string, parents: ReadonlyMap<string, string>): boolean {
  let parent = parents.get(pid);
  // As many steps as there are processes: /proc is read while it changes.
  for (let step = 0; parent !== undefined && step < parents.size; step += 1) {
    if (parent === root) return true;
    parent = parents.get(parent);
  }
  return false;
}
