import { join } from 'node:path';

import type { ApiServer } from './control-plane.ts';
import { freePort } from './free-port.ts';
import { untilReady, type GuardedProcess } from './guarded-process.ts';
import type { Home } from './home.ts';
import type { ProgramName } from './programs.ts';

/** Flux as it runs in a cluster. */
export interface FluxControllers {
  /** Where a Receiver's `status.webhookPath` is served. */
  readonly receiverUrl: string;
}

const eagerness = ['--interval-jitter-percentage=0', '--log-level=info'];

/** The controllers of Flux with the administrator's rights; their custom resources must be there. */
export async function startFluxControllers(home: Home, { kubeconfig, admin }: ApiServer): Promise<FluxControllers> {
  const [events, receiver] = [await freePort(), await freePort()];
  const eventsTo = `--events-addr=http://127.0.0.1:${events}/`;
  const started: [GuardedProcess, number][] = [];
  const start = async (name: ProgramName, args: readonly string[]): Promise<void> => {
    const [metrics, health] = [await freePort(), await freePort()];
    const addresses = [`--metrics-addr=127.0.0.1:${metrics}`, `--health-addr=127.0.0.1:${health}`];
    const env = { KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: 'flux-system' };
    started.push([await home.start(name, [...addresses, ...args], env), health]);
  };
  const storage = async (name: ProgramName): Promise<string[]> => {
    const address = `127.0.0.1:${await freePort()}`;
    return [
      `--storage-path=${join(home.folder, name)}`,
      `--storage-addr=${address}`,
      `--storage-adv-addr=${address}`,
      eventsTo,
      ...eagerness,
    ];
  };
  await start('notification-controller', [`--events-addr=127.0.0.1:${events}`, `--receiverAddr=127.0.0.1:${receiver}`]);
  await start('source-controller', await storage('source-controller'));
  // As `release-cli init` advises: after its default of a minute it removes slices that are current.
  await start('source-watcher', [...(await storage('source-watcher')), '--artifact-retention-ttl=1h']);
  await start('kustomize-controller', [
    eventsTo,
    ...eagerness,
    '--concurrent=10',
    '--requeue-dependency=1s',
    '--feature-gates=CancelHealthCheckOnNewRevision=true,ExternalArtifact=true',
  ]);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } };
  await admin.apply(namespace);
  for (const [controller, port] of started) {
    await untilReady(controller, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  }
  return { receiverUrl: `http://127.0.0.1:${receiver}` };
}
