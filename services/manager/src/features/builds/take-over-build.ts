import type { Check } from '@release-manager/contract';
import type { Db } from '@release-manager/postgres';

import type { BuildTakeover, TakeoverInput } from '../artifacts/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { BuildStore } from './build-store.ts';
import { assertSameSource } from './report-build.ts';

/** How an artifact ends its build. */
export function createBuildTakeover(): BuildTakeover {
  return { takeOver };
}

async function takeOver(tx: Db, input: TakeoverInput): Promise<readonly Check[]> {
  const { service, artifactId, actor, at } = input;
  const store = new BuildStore(tx);
  // CI sends the id also when none of its reports arrived: then there is nothing to take over.
  const build = await store.lock({ service, id: input.buildId });
  if (build === undefined) return [];
  assertSameSource(build, input);
  if (build.state === 'finished' && build.artifactId === artifactId) return build.checks;
  await store.finish(build, artifactId, at);
  await appendLedger(tx, {
    kind: 'build.finished',
    actor,
    service,
    artifactId,
    from: build.state,
    to: 'finished',
    cause: `the build of ${build.source.branch} at ${build.source.sha.slice(0, 10)} ended in ${artifactId}`,
    details: { build: build.id },
    at,
  });
  return build.checks;
}
