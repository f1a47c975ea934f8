/**
 * From a push to the cluster, with real Flux on a real API server: the first apply of everything, then one release at a time,
 * in each layout, with Flux being told (poked) and finding out by itself. The layouts take turns, each in a cluster of its own
 * that idles meanwhile, so that whatever else the machine does slows both: ratios hold where times do not.
 * Promise: 300 services, sliced and poked: p50 at most 3 s, and at least 20 times faster than plain in the same run.
 *
 * Usage: node test/load/flux.ts [services=300] [releases poked=5] [not poked=3] [layouts=plain,sliced] [minutes at most=60]
 */
import { boundedRun } from './support/bounded-run.ts';
import { quantile } from './support/figures.ts';
import {
  openFluxScene,
  type Cpu,
  type FirstApply,
  type FluxScene,
  type Layout,
  type ReleaseTimes,
} from './support/flux-scene.ts';
import { describeUse, peakMemoryByProgram, watchMachine } from './support/machine.ts';

const services = Number(process.argv[2] ?? 300);
const releases = { poked: Number(process.argv[3] ?? 5), 'not poked': Number(process.argv[4] ?? 3) };
const layouts = (process.argv[5] ?? 'plain,sliced').split(',') as Layout[];
const limitMinutes = Number(process.argv[6] ?? 60);
/** A short one: `release-cli init` writes a minute. */
const pollSeconds = 10;

const ways = ['poked', 'not poked'] as const;
type Way = (typeof ways)[number];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function measured<T>(work: () => Promise<T>): Promise<{ value: T; use: string }> {
  const use = watchMachine();
  const value = await work();
  return { value, use: describeUse(use()) };
}

function cpuText(cpu: Cpu): string {
  const used = [...cpu].filter(([, seconds]) => seconds >= 0.1).toSorted(([, a], [, b]) => b - a);
  const total = [...cpu.values()].reduce((sum, seconds) => sum + seconds, 0);
  return `${total.toFixed(1)} s CPU (${used.map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`).join(', ')})`;
}

function sayApply(what: string, { value: { ms, cpu }, use }: { value: FirstApply; use: string }): void {
  say(`${what}: ${(ms / 1_000).toFixed(1)} s, ${cpuText(cpu)}\n    ${use}`);
}

function sayRelease(what: string, { fetched, sliced, applied, half, settled, cpu }: ReleaseTimes, use: string): void {
  const hops = [
    `fetched ${ms(fetched)}`,
    ...(sliced === undefined ? [] : [`sliced ${ms(sliced)}`]),
    ...(half === undefined ? [] : [`half of all ${ms(half)}`]),
  ];
  say(`${what}: applied ${ms(applied)} (${hops.join(', ')}), settled ${ms(settled)}, ${cpuText(cpu)}\n    ${use}`);
}

function ms(value: number): string {
  return `${(value / 1_000).toFixed(2)} s`;
}

/** The services take turns from all over the list, so that none of them is always the first in somebody's queue. */
function pick(way: Way, round: number): number {
  const all = releases.poked + releases['not poked'];
  return Math.floor((((way === 'poked' ? 0 : releases.poked) + round + 0.5) * services) / all);
}

interface Figures {
  readonly scene: FluxScene;
  readonly times: Record<Way, ReleaseTimes[]>;
}

async function releaseOnce({ scene, times }: Figures, way: Way, round: number): Promise<void> {
  // Pushes are spread evenly over the time between two looks: that is what people see on average.
  const sinceLookMs = ((round + 0.5) / releases[way]) * pollSeconds * 1_000;
  const poll = way === 'poked' ? undefined : { seconds: pollSeconds, sinceLookMs };
  const { value, use } = await measured(() => scene.release(pick(way, round), poll));
  times[way].push(value);
  sayRelease(`${scene.layout}, ${way}, release ${round + 1}`, value, use);
}

function summary({ scene, times }: Figures, way: Way): void {
  const list = times[way];
  if (list.length === 0) return;
  const of = (read: (one: ReleaseTimes) => number): string => {
    const values = list.map(read);
    return `p50 ${ms(quantile(values, 0.5))}, max ${ms(Math.max(...values))}`;
  };
  const total = ({ cpu }: ReleaseTimes): number => [...cpu.values()].reduce((sum, seconds) => sum + seconds, 0);
  const how = way === 'poked' ? way : `${way}, a look each ${pollSeconds} s`;
  say(`${services} services, ${scene.layout}, ${how}, ${list.length} releases:`);
  say(`  pushed → applied  ${of(({ applied }) => applied)}`);
  say(`  pushed → fetched  ${of(({ fetched }) => fetched)}`);
  if (scene.layout === 'sliced') say(`  pushed → sliced   ${of(({ sliced = Number.NaN }) => sliced)}`);
  if (scene.layout === 'plain') say(`  pushed → half of all services have it  ${of(({ half = Number.NaN }) => half)}`);
  say(`  pushed → settled  ${of(({ settled }) => settled)}`);
  say(`  CPU per release   p50 ${quantile(list.map(total), 0.5).toFixed(1)} s`);
}

function judge(all: readonly Figures[]): void {
  const p50 = (layout: Layout, read: (times: ReleaseTimes) => number): number | undefined => {
    const times = all.find(({ scene }) => scene.layout === layout)?.times.poked ?? [];
    return times.length === 0 ? undefined : quantile(times.map(read), 0.5);
  };
  // Where everybody reconciles, one service is early by luck and the next one late: what counts is the one in the middle.
  const plain = p50('plain', ({ half = Number.NaN }) => half);
  const sliced = p50('sliced', ({ applied }) => applied);
  if (plain === undefined || sliced === undefined) return;
  const ratio = plain / sliced;
  const words = `sliced p50 ${ms(sliced)} (promised: 3 s), ${ratio.toFixed(1)} times faster than plain (promised: 20)`;
  if (services !== 300) return say(`the promise is about 300 services; here: ${words}`);
  const isKept = sliced <= 3_000 && ratio >= 20;
  say(isKept ? `promise kept: ${words}` : `PROMISE BROKEN: ${words}`);
  process.exitCode = isKept ? 0 : 1;
}

const figures: Figures[] = [];

async function measure(started: AsyncDisposableStack): Promise<void> {
  for (const layout of layouts) {
    const scene = await openFluxScene(started, { layout, services, limitMs: limitMinutes * 60_000, say });
    figures.push({ scene, times: { poked: [], 'not poked': [] } });
    if (figures.length === 1) {
      const some = Math.min(services, 100);
      sayApply(`${some} services by hand, without Flux`, await measured(() => scene.applyByHand(some)));
    }
    sayApply(`${services} services, ${layout}, first apply`, await measured(() => scene.applyEverything()));
  }
  for (const way of ways) {
    for (let round = 0; round < releases[way]; round += 1) {
      for (const one of figures) await releaseOnce(one, way, round);
    }
  }
}

function report(): void {
  for (const one of figures) {
    for (const way of ways) summary(one, way);
    const memory = [...peakMemoryByProgram(one.scene.folder)].toSorted(([, a], [, b]) => b - a);
    say(`  memory at most    ${memory.map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`).join(', ')}`);
  }
  judge(figures);
}

await boundedRun(limitMinutes, measure, report);
