import { setTimeout as wait } from 'node:timers/promises';

import { ServiceStatus } from '@release-manager/contract';
import { z } from 'zod';

import type { Cli } from './processes/cli.ts';

const patienceMs = 60_000;
const Statuses = z.array(ServiceStatus);

/**
 * Asks `release-cli status` until an environment holds what it should, for each service of the map.
 * @throws Error with what is there, after a minute
 */
export async function awaitCurrent(
  cli: Cli,
  environment: string,
  wanted: ReadonlyMap<string, string>,
): Promise<ServiceStatus[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const statuses = await readStatus(cli);
    const missing = [...wanted].filter(([service, artifact]) => currentOf(statuses, service, environment) !== artifact);
    if (missing.length === 0) return statuses;
    if (Date.now() > deadline) {
      const names = missing.map(([service, artifact]) => `${service} (${artifact})`).join(', ');
      throw new Error(`${environment} does not hold ${names} after a minute: ${JSON.stringify(statuses)}`);
    }
    await wait(100);
  }
}

export async function readStatus(cli: Cli): Promise<ServiceStatus[]> {
  const { code, stdout, stderr } = await cli(['status', '--all', '--json']);
  if (code !== 0) throw new Error(`release-cli status failed: ${stderr}`);
  return Statuses.parse(JSON.parse(stdout));
}

/** The artifact that a service has in an environment. */
export function currentOf(
  statuses: readonly ServiceStatus[],
  service: string,
  environment: string,
): string | undefined {
  return statuses
    .find((status) => status.service === service)
    ?.environments.find((each) => each.environment === environment)?.current?.artifact;
}
