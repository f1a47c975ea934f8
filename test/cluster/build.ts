import { preparePrograms, whyNoCluster } from '@release-manager/testing/control-plane';
import { buildGoTool } from '@release-manager/testing/go-tool';

import { deployTools } from './support/deploy-tools.ts';

/** Builds everything that the test cluster needs: `node test/cluster/build.ts`. The tests do the same where this was not run. */
const started = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const missing = await whyNoCluster();
if (missing === undefined) {
  await preparePrograms(say);
  for (const tool of deployTools) await buildGoTool(tool);
  say(`the programs of the test cluster are ready after ${Math.round((performance.now() - started) / 1_000)} s`);
} else {
  say(`The test cluster ${missing}`);
  process.exitCode = 1;
}
