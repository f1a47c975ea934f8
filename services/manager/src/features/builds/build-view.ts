import type { BuildView } from '@release-manager/contract';

import { toActorView } from '../ledger/index.ts';
import type { Build } from './build.ts';

export function toBuildView(build: Build): BuildView {
  const { service, id, state, source, ci, checks, artifactId, endedAt } = build;
  return {
    service,
    id,
    state,
    source,
    ci,
    checks: [...checks],
    reportedBy: toActorView(build.reportedBy),
    startedAt: build.startedAt.toISOString(),
    updatedAt: build.updatedAt.toISOString(),
    ...(artifactId === undefined ? {} : { artifact: artifactId }),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}
