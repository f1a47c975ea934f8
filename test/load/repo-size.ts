/**
 * How much the size of the config repo costs: two of them at once, each with a manager's writer in a process of its own, and
 * lone releases in turn, one here and one there. Whatever else the machine does meanwhile slows both, so the ratio holds where
 * the figures do not. Promise: at 240,000 files at most 3 times as long as at 24,000.
 *
 * Usage: node test/load/repo-size.ts [services=890] [services of the larger one=8900] [rounds=40] [services per namespace=all]
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { quantile, timed } from './support/figures.ts';
import { openScene } from './support/scene.ts';

const [small, large, rounds, perNamespace] = process.argv.slice(2).map(Number);
/** A release that follows at once finds everything warm; real ones do not. */
const pauseMs = 100;

interface Opened {
  readonly files: number;
  readonly cloneMs: number;
  readonly indexMs: number;
}

/** What the child says of one release. */
interface Done {
  readonly ms: number;
  readonly memoryMb: number;
  readonly peakMb: number;
}

/** One config repo: answers each message, a round, with how long the release of that round took. */
async function child(services: number): Promise<void> {
  const { addArtifact, request, allCommitted, close, ...scene } = await openScene({
    services,
    ...(perNamespace === undefined ? {} : { perNamespace }),
  });
  const send = (message: Opened | Done): void => void process.send?.(message);
  process.on('disconnect', () => void close());
  process.on('message', (round: number) => void releaseOnce(round));
  const releaseOnce = async (round: number): Promise<void> => {
    // Spread over the whole repository, so that no folder is met twice.
    const index = Math.floor((round * services) / (rounds ?? 40)) % services;
    const artifact = await addArtifact(index, 1 + round);
    const { ms } = await timed(async () => {
      await request(index, 'dev', artifact);
      await allCommitted();
    });
    const memoryMb = process.memoryUsage().rss / 2 ** 20;
    send({ ms, memoryMb, peakMb: process.resourceUsage().maxRSS / 1024 });
  };
  send({ files: scene.files, cloneMs: scene.cloneMs, indexMs: scene.indexMs });
}

async function answer<T>(from: ChildProcess): Promise<T> {
  const [message] = (await once(from, 'message')) as [T];
  return message;
}

async function open(services: number): Promise<{ process: ChildProcess; opened: Opened }> {
  const forked = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    env: { ...process.env, LOAD_SCENE: String(services) },
  });
  return { process: forked, opened: await answer<Opened>(forked) };
}

async function main(): Promise<void> {
  const scenes = [];
  for (const services of [small ?? 890, large ?? 8900]) scenes.push({ ...(await open(services)), done: [] as Done[] });
  // The first ones pay for caches and compilation.
  for (let round = -3; round < (rounds ?? 40); round += 1) {
    for (const scene of scenes) {
      await wait(pauseMs);
      scene.process.send(round + 3);
      const done = await answer<Done>(scene.process);
      if (round >= 0) scene.done.push(done);
    }
  }
  let base: number | undefined;
  for (const { process: forked, opened, done } of scenes) {
    const times = done.map(({ ms }) => ms);
    const p50 = quantile(times, 0.5);
    base ??= p50;
    process.stdout.write(
      [
        `${opened.files} files:`,
        `  release, asked → pushed  p50 ${p50.toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms of ${times.length}, ${(p50 / base).toFixed(2)} times the smaller one`,
        `  clone                    ${opened.cloneMs.toFixed(0)} ms`,
        `  index of every folder    ${(opened.indexMs / 1000).toFixed(1)} s`,
        `  memory                   ${done.at(-1)?.memoryMb.toFixed(0)} MB at the end, ${done.at(-1)?.peakMb.toFixed(0)} MB at most`,
        '',
      ].join('\n'),
    );
    forked.disconnect();
  }
}

const scene = process.env['LOAD_SCENE'];
await (scene === undefined ? main() : child(Number(scene)));
