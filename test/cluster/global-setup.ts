import { startCluster, whyNoCluster } from '@release-manager/testing/control-plane';
import type { TestProject } from 'vitest/node';

/** One cluster with Flux for the whole run. Where it cannot be had, the tests are skipped; in CI that is an error. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = await whyNoCluster();
  if (missing !== undefined) {
    if (process.env['CI'] === 'true') throw new Error(`The test cluster ${missing}`);
    say(`The test cluster ${missing}`);
    project.provide('cluster', { missing });
    return undefined;
  }
  const cluster = await startCluster({ name: 'shared', flux: true, say });
  project.provide('cluster', { connection: cluster.connection });
  return async () => {
    const keepLogs = project.vitest.state.getCountOfFailedTests() > 0;
    await cluster.stop({ keepLogs });
    if (keepLogs) say(`logs of the shared cluster: ${cluster.logs}`);
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
