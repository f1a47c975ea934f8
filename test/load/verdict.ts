/**
 * How long the truth takes to be known: from the moment at which the API server shows that a rollout is over, or that a
 * container dies again, until the ledger of the manager says healthy or failed. Manager and daemon are real processes; the
 * cluster is the fake API server with played pods, or a real control plane with real Flux. Promise: 2 s.
 *
 * One second of it is wanted: whatever is seen has to be seen for that long (`graces.ts` of the manager).
 *
 * Usage: node test/load/verdict.ts [rollouts of each kind=60] [cluster=simulated|real] [minutes at most=30]
 */
import { deployment } from '../cluster/support/workloads.ts';
import { boundedRun } from './support/bounded-run.ts';
import { quantile } from './support/figures.ts';
import { describeUse, watchMachine } from './support/machine.ts';
import { watchRollout } from './support/rollout-moments.ts';
import { openVerdictScene, type ClusterKind, type VerdictScene } from './support/verdict-scene.ts';

const rollouts = Number(process.argv[2] ?? 60);
const kind = (process.argv[3] ?? 'simulated') as ClusterKind;
const limitMinutes = Number(process.argv[4] ?? 30);
/** What is paid once, by caches and compilation, is not counted. */
const warmUp = 3;
const replicas = 3;
const services = ['cart', 'web', 'search', 'checkout', 'mail'];
const promisedMs = 2_000;

type Ending = 'healthy' | 'failed';

interface Latency {
  readonly ending: Ending;
  /** Milliseconds since the API server showed that the rollout was over, or had failed. */
  readonly sinceCause: number;
  /** Since the last pod was ready; only of those that ended well. */
  readonly sincePods: number;
}

/** One release to its end. */
async function rollOut({ team, ...scene }: VerdictScene, run: number, ending: Ending): Promise<Latency> {
  const service = services[run % services.length] ?? 'web';
  // The tag makes the simulated pods crash, the scenario those of the real control plane.
  const image = `example.com/${service}:1.0.${run}${ending === 'failed' ? '-crashes' : ''}`;
  const crash = ending === 'failed' ? ({ scenario: 'crash-loop' } as const) : {};
  const object = deployment({ name: service, namespace: 'shop', replicas, image, ...crash });
  const artifact = await team.build({ service, namespace: 'shop', objects: [object] });
  const moments = watchRollout(scene, image, replicas);
  const ended = Promise.withResolvers<number>();
  scene.onEntry((entry) => {
    if (entry.artifact !== artifact) return;
    if (entry.kind === `release.${ending}`) ended.resolve(performance.now());
    else if (['release.healthy', 'release.failed'].includes(entry.kind))
      ended.reject(new Error(`${image} is ${entry.kind} and should be ${ending}: ${entry.cause}`));
  });
  await team.release(service, artifact);
  const known = await ended.promise;
  const cause = ending === 'healthy' ? moments.complete : moments.crashed;
  if (cause === undefined) throw new Error(`${image} is ${ending}, and the API server has not shown why`);
  return { ending, sinceCause: known - cause, sincePods: known - (moments.podsReady ?? known) };
}

function say(what: string, values: readonly number[]): void {
  const seconds = (share: number): string => `${(quantile(values, share) / 1_000).toFixed(2)} s`;
  const words = `p50 ${seconds(0.5)}   p90 ${seconds(0.9)}   p99 ${seconds(0.99)}   max ${seconds(1)}   of ${values.length}`;
  process.stdout.write(`${what.padEnd(50)} ${words}\n`);
}

const latencies: Latency[] = [];

async function measure(started: AsyncDisposableStack): Promise<void> {
  const scene = await openVerdictScene(started, kind);
  let run = 0;
  const rollOutNext = async (ending: Ending): Promise<Latency> => {
    run += 1;
    return rollOut(scene, run, ending);
  };
  for (let round = 0; round < warmUp; round += 1) await rollOutNext('healthy');
  const use = watchMachine();
  for (let round = 0; round < rollouts; round += 1) {
    for (const ending of ['healthy', 'failed'] as const) latencies.push(await rollOutNext(ending));
  }
  process.stdout.write(`meanwhile: ${describeUse(use())}\n`);
}

function report(): void {
  const of = (ending: Ending): Latency[] => latencies.filter((one) => one.ending === ending);
  process.stdout.write(`${kind} cluster, ${replicas} pods, one release after the other\n`);
  say(
    'rollout is over → release.healthy',
    of('healthy').map(({ sinceCause }) => sinceCause),
  );
  say(
    'the last pod is ready → release.healthy',
    of('healthy').map(({ sincePods }) => sincePods),
  );
  say(
    'the second crash → release.failed',
    of('failed').map(({ sinceCause }) => sinceCause),
  );
  const worst = Math.max(...latencies.map(({ sinceCause }) => sinceCause));
  const isKept = worst <= promisedMs;
  process.stdout.write(
    `${isKept ? 'promise kept' : 'PROMISE BROKEN'}: at most ${worst.toFixed(0)} ms of ${promisedMs}\n`,
  );
  if (!isKept) process.exitCode = 1;
}

await boundedRun(limitMinutes, measure, report);
