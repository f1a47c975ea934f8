import { setTimeout as wait } from 'node:timers/promises';

import { showStatus, type Client, type ServiceStatus } from '@release-manager/contract';

/** For machines that are busy; what comes takes seconds. */
const patienceSeconds = 180;

export interface Wanted {
  readonly environment: string;
  /** By service. */
  readonly artifacts: ReadonlyMap<string, string>;
  /** What became of their releases; `committed` is enough where nobody reports. */
  readonly state?: 'healthy';
}

/**
 * Asks the manager for its status until an environment holds what it should, for each service of the map.
 * @throws Error with what is there, when it does not come
 */
export function awaitCurrent(
  manager: Client,
  { environment, artifacts, state }: Wanted,
): Promise<readonly ServiceStatus[]> {
  return awaitStatus(manager, `${environment} to hold ${[...artifacts.values()].join(', ')}`, (statuses) =>
    [...artifacts].every(([service, artifact]) => {
      const current = environmentOf(statuses, service, environment)?.current;
      return current?.artifact === artifact && (state === undefined || current.release?.state === state);
    }),
  );
}

/**
 * Asks the manager for its status until it is as it should be.
 * @throws Error with what is there, when it does not come
 */
export async function awaitStatus(
  manager: Client,
  what: string,
  holds: (statuses: readonly ServiceStatus[]) => boolean | Promise<boolean>,
): Promise<readonly ServiceStatus[]> {
  const deadline = Date.now() + patienceSeconds * 1_000;
  for (;;) {
    const statuses = await readStatus(manager);
    if (await holds(statuses)) return statuses;
    if (Date.now() > deadline) {
      throw new Error(`waited for ${what}, and after ${patienceSeconds} s there is ${JSON.stringify(statuses)}`);
    }
    await wait(100);
  }
}

/** What `release-cli status --all` shows. */
export async function readStatus(manager: Client): Promise<readonly ServiceStatus[]> {
  return (await manager.call(showStatus, { limit: 500 })).items;
}

/** What a service is in an environment. */
export function environmentOf(
  statuses: readonly ServiceStatus[],
  service: string,
  environment: string,
): ServiceStatus['environments'][number] | undefined {
  return statuses
    .find((status) => status.service === service)
    ?.environments.find((each) => each.environment === environment);
}

/** The artifact that a service has in an environment. */
export function currentOf(
  statuses: readonly ServiceStatus[],
  service: string,
  environment: string,
): string | undefined {
  return environmentOf(statuses, service, environment)?.current?.artifact;
}
