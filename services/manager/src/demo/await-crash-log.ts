import { listCrashLogs, type Client } from '@release-manager/contract';

import { awaitStatus, environmentOf } from './await-status.ts';

/**
 * Waits until the log of a crash of what a service is in an environment has come.
 * @throws Error when none comes
 */
export async function awaitCrashLog(
  manager: Client,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<void> {
  await awaitStatus(manager, `a crash log of ${service} in ${environment}`, async (statuses) => {
    const release = environmentOf(statuses, service, environment)?.current?.release;
    if (release === undefined) return false;
    const { items } = await manager.call(listCrashLogs, { id: release.id });
    return items.length > 0;
  });
}
