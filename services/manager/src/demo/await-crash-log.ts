import { listCrashLogs, type Client, type CrashLogView } from '@release-manager/contract';

import { awaitStatus, environmentOf } from './await-status.ts';

/**
 * The newest log of a crash of what a service is in an environment. It comes on its own, after the crash is known.
 * @throws Error after a minute without one
 */
export async function awaitCrashLog(
  manager: Client,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<CrashLogView> {
  let newest: CrashLogView | undefined;
  await awaitStatus(manager, `a crash log of ${service} in ${environment}`, async (statuses) => {
    const release = environmentOf(statuses, service, environment)?.current?.release;
    if (release === undefined) return false;
    [newest] = (await manager.call(listCrashLogs, { id: release.id })).items;
    return newest !== undefined;
  });
  if (newest === undefined) throw new Error(`${service} has no crash log in ${environment}`);
  return newest;
}
