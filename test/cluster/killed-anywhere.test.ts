import { setTimeout } from 'node:timers/promises';

import { listCrashLogs } from '@release-manager/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createRandom } from '../support/random.ts';
import { deployment, describeCluster, ownCluster } from './support/index.ts';
import { createServiceTeam, type ServiceTeam } from './support/service-team.ts';
import { startWholeInstallation, type WholeInstallation } from './support/whole-installation.ts';

const home = 'killed';
/** `KILL_SEEDS=11,12` runs others. */
const seeds = (process.env['KILL_SEEDS'] ?? '1').split(',').map(Number);
const crashed = ['failed', 'pod.crash-loop'];
const printed = ['panic: no carts', 'exit 1'];

/** Killed with -9 at any moment, and started again, while releases go out: nothing is lost, and nothing is told twice. */
describeCluster('manager, daemon and API server are killed at any moment', () => {
  const cluster = ownCluster({ name: 'killed', flux: true });
  let all: WholeInstallation;
  let team: ServiceTeam;

  beforeAll(async () => {
    all = await startWholeInstallation(cluster(), { environment: { name: 'prod' } });
    team = createServiceTeam({ ...all, environment: 'prod' });
    await cluster().writeLogs({ namespace: home, current: ['starting'], previous: printed });
  });
  afterAll(() => all.stop());

  it.each(seeds)('every release ends as it must, and each step is recorded once (seed %i)', async (seed) => {
    const services = Array.from({ length: 10 }, (_, index) => `s${seed}-${index}`);
    const crashing = new Set(services.filter((_, index) => index % 3 === 2));
    const shipping = services.map((service) => {
      const scenario = crashing.has(service) ? ({ scenario: 'crash-loop' } as const) : {};
      const object = deployment({ name: service, namespace: home, replicas: 2, ...scenario });
      return team.ship({ service, namespace: home, objects: [object] });
    });
    const [releases] = await Promise.all([Promise.all(shipping), killAll(seed)]);
    for (const [index, id] of releases.entries()) {
      const service = services[index] ?? '';
      const view = await team.until(id, ({ state }) => state === 'healthy' || state === 'failed');
      expect([view.state, view.failure?.code]).toEqual(crashing.has(service) ? crashed : ['healthy', undefined]);
      const steps = (await team.ledger(service)).flatMap(({ release, to }) => (release === id && to ? [to] : []));
      expect(steps).toEqual([...new Set(steps)]);
      expect(steps).toEqual(expect.arrayContaining(['committed', view.state]));
    }
    for (const service of crashing) await checkCrashes(releases[services.indexOf(service)] ?? '');
  });

  /** Each of the three twice, in an order and at moments of the seed. */
  async function killAll(seed: number): Promise<void> {
    const random = createRandom(seed);
    const kills = [() => all.killManager(), () => all.killDaemon(), () => cluster().restartApiServer('SIGKILL')];
    const order = [...kills, ...kills].map((kill) => ({ kill, place: random() })).toSorted((a, b) => a.place - b.place);
    for (const { kill } of order) {
      await setTimeout(random() * 2_000);
      await kill();
    }
  }

  /** What was printed before the crash that is the reason is there; and of no crash are there two reports. */
  async function checkCrashes(id: string): Promise<void> {
    const view = await team.until(id, ({ rollout }) => rollout?.clusters[0]?.log?.lines.length === printed.length);
    expect(view.rollout?.clusters[0]?.log?.lines).toEqual(printed);
    const { items } = await all.api.call(listCrashLogs, { id });
    const crashes = items.map(({ pod, container, restarts }) => `${pod} ${container} ${restarts}`);
    expect(crashes).toEqual([...new Set(crashes)]);
  }
});
