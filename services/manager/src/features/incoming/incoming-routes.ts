import type { IncomingProblem } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';

import { cutPage, parsePosition, type Routes } from '../../http/index.ts';
import { ProblemStore, type SeenProblem } from './problem-store.ts';

/** What could not be taken in from the bucket. */
export function createIncomingRoutes({ database }: { readonly database: Database }): Routes<'listIncomingProblems'> {
  return {
    async listIncomingProblems({ query: { limit, cursor } }) {
      const found = await new ProblemStore(database.db).list(limit + 1, parsePosition(cursor));
      return cutPage(found, limit, toView, ({ seq }) => seq);
    },
  };
}

function toView({ code, subject, message, next, times, firstSeenAt, lastSeenAt }: SeenProblem): IncomingProblem {
  return {
    code,
    subject,
    message,
    times,
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    ...(next === undefined ? {} : { next }),
  };
}
