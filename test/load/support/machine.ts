import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';

/** What else the machine did while something was measured: figures of a busy machine are worth less. */
export interface MachineUse {
  /** Load average of the last minute, before and after. */
  readonly load: readonly [number, number];
  /** Cores that were busy with anything but this process and its children, on average. */
  readonly others: number;
}

/** Begins to watch; the function that it returns says what was seen. */
export function watchMachine(): () => MachineUse {
  const before = { load: loadAverage(), busy: busySeconds(), ours: ownSeconds(), at: performance.now() };
  return () => {
    const seconds = (performance.now() - before.at) / 1_000;
    const busy = busySeconds() - before.busy;
    const ours = ownSeconds() - before.ours;
    return { load: [before.load, loadAverage()], others: Math.max(0, (busy - ours) / seconds) };
  };
}

export function describeUse({ load: [before, after], others }: MachineUse): string {
  return `load ${before.toFixed(1)} before, ${after.toFixed(1)} after; others used ${others.toFixed(2)} cores`;
}

/** CPU in seconds of every program that runs in a folder of its own below `home`, by the name of that folder. */
export function cpuByProgram(home: string): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const { pid, cpu } of processes()) {
    const name = relative(home, cwdOf(pid));
    if (name !== '' && !name.startsWith('.')) seconds.set(name, (seconds.get(name) ?? 0) + cpu);
  }
  return seconds;
}

/** The same, for the most memory that each has had, in MB. */
export function peakMemoryByProgram(home: string): Map<string, number> {
  const memory = new Map<string, number>();
  for (const { pid } of processes()) {
    const name = relative(home, cwdOf(pid));
    if (name === '' || name.startsWith('.')) continue;
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
    memory.set(name, Math.max(memory.get(name) ?? 0, peak));
  }
  return memory;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Seconds, with those of children that have ended. */
  readonly cpu: number;
}

/** Of Linux on everything that runs Node. */
const ticksPerSecond = 100;

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // Behind the name of the program, which may hold anything: state, parent, …, and from the 12th on the times.
      const fields = read(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ') ?? [];
      if (fields.length < 15) return [];
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      return [{ pid: Number(name), parent: Number(fields[1]), cpu: ticks / ticksPerSecond }];
    });
}

function ownSeconds(): number {
  const all = processes();
  const family = new Set([process.pid]);
  // A parent has not always the smaller number, so until nobody is added.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.reduce((sum, { pid, cpu }) => (family.has(pid) ? sum + cpu : sum), 0);
}

/** CPU that all of the machine has used: everything but idle and waiting for disks. */
function busySeconds(): number {
  const fields = (read('/proc/stat').split('\n')[0] ?? '').trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = fields;
  return (user + nice + system + irq + softIrq) / ticksPerSecond;
}

function loadAverage(): number {
  return Number(read('/proc/loadavg').split(' ')[0]);
}

/** A process may end at any moment. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '/';
  }
}
