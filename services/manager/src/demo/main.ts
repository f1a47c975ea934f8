import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf } from '@release-manager/domain';

import type { ClusterKind } from './cluster-kind.ts';
import { Expectations } from './expectations.ts';
import { createNarrator } from './narrator.ts';
import { realClusters, whyNoRealCluster } from './real-cluster/index.ts';
import { simulatedClusters } from './simulated-clusters.ts';
import { setStage, type Stage } from './stage.ts';
import { tellStory } from './story/tell-story.ts';
import { whatToTry } from './what-to-try.ts';

const usage = `usage: npm run demo [-- --once] [--cluster]
  --once     ends after the story, with 1 when anything was not as promised
  --cluster  on real control planes with real Flux instead of simulated ones; only the pods are played (by kwok)\n`;

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort());

const narrator = createNarrator({
  write: (text) => process.stdout.write(text),
  colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
  nowMs: () => performance.now(),
});

async function main(args: readonly string[]): Promise<number> {
  const isOnce = args.includes('--once');
  if (args.some((arg) => !['--once', '--cluster'].includes(arg))) {
    process.stderr.write(usage);
    return 2;
  }
  const clusters = args.includes('--cluster') ? await prepareRealClusters() : simulatedClusters;
  if (clusters === undefined) return stopped.signal.aborted ? 130 : 1;
  const folder = await mkdtemp(join(tmpdir(), 'release-manager-demo-'));
  narrator.say(
    `A shop of six services, three environments, one config repo, ${clusters.named}. Everything lies in ${folder}`,
  );
  let stage: Stage | undefined;
  let code = 1;
  try {
    stage = await narrator.step('An empty git repository, and the manager', () =>
      setStage(folder, clusters, stopped.signal),
    );
    code = await play(stage, isOnce);
  } catch (error) {
    if (!stopped.signal.aborted) process.stderr.write(`\nThe demo could not go on: ${messageOf(error)}\n`);
  }
  await stage?.close();
  if (stopped.signal.aborted) code = isOnce ? 130 : 0;
  if (code === 1) process.stderr.write(await lastWords(folder));
  else await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  return code;
}

/** Nothing, where they cannot be had; the reason was said. */
async function prepareRealClusters(): Promise<ClusterKind | undefined> {
  const missing = await whyNoRealCluster();
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    return undefined;
  }
  try {
    return await realClusters((line) => narrator.say(line), stopped.signal);
  } catch (error) {
    if (!stopped.signal.aborted) process.stderr.write(`The programs could not be built: ${messageOf(error)}\n`);
    return undefined;
  }
}

async function play(stage: Stage, isOnce: boolean): Promise<number> {
  const expect = new Expectations();
  const cast = await Promise.race([tellStory({ stage, narrator, expect }), stage.lost]);
  for (const difference of expect.differences) process.stderr.write(`different: ${difference}\n`);
  if (isOnce) {
    narrator.say(`\n   ${expect.checks} checks, ${expect.differences.length} different`);
    return expect.differences.length === 0 ? 0 : 1;
  }
  process.stdout.write(whatToTry(stage, cast.graceToken));
  await Promise.race([untilStopped(), stage.lost]);
  return expect.differences.length === 0 ? 0 : 1;
}

async function untilStopped(): Promise<void> {
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
}

/** The log is worth keeping only when something went wrong. */
async function lastWords(folder: string): Promise<string> {
  const file = join(folder, 'manager.log');
  const log = await readFile(file, 'utf8').catch(() => '');
  return `\nThe last lines of the manager's log, which stays at ${file}:\n${log.trimEnd().split('\n').slice(-15).join('\n')}\n`;
}

process.exitCode = await main(process.argv.slice(2));
