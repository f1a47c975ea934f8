import { buildGoTool } from '../support/go-tool.ts';
import { deployTools } from './support/deploy-tools.ts';
import { preparePrograms } from './support/programs.ts';

/** Builds everything that the test cluster needs: `node test/cluster/build.ts`. The tests do the same where this was not run. */
const started = performance.now();
await preparePrograms((line) => process.stderr.write(`${line}\n`));
for (const tool of deployTools) await buildGoTool(tool);
process.stderr.write(
  `the programs of the test cluster are ready after ${Math.round((performance.now() - started) / 1_000)} s\n`,
);
