import type { RollbackView } from '@release-manager/contract';

import type { Routes } from '../../http/index.ts';
import { RollbackService, type RollbackDeps } from './rollback-service.ts';
import { toRollbackView } from './rollback-view.ts';
import type { RollbackOutcome } from './rollback.ts';

/** Going back, and what it would mean. */
export function createRollbackRoutes(deps: RollbackDeps): Routes<'requestRollback' | 'planRollback'> {
  const service = new RollbackService(deps);
  const view = (outcome: RollbackOutcome): Promise<RollbackView> => toRollbackView(deps.database.db, outcome);
  return {
    requestRollback: async ({ principal, body }) => view(await service.request(principal, body)),
    planRollback: async ({ principal, body }) => view(await service.plan(principal, body)),
  };
}
