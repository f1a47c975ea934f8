import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { cutPage, parseIdCursor, type Principal, type Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { ServiceRecords } from '../services/index.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { DeliveryStore } from './delivery-store.ts';
import { deliveryWords, toDeliveryView } from './delivery-view.ts';

export interface DeliveryRouteDeps {
  readonly database: Database;
  readonly rights: Rights;
  readonly now: () => Date;
}

/** What became of what we tell elsewhere, and telling it again. */
export function createDeliveryRoutes(deps: DeliveryRouteDeps): Routes<'listDeliveries' | 'retryDelivery'> {
  const { database, now } = deps;
  return {
    async listDeliveries({ query: { limit, cursor, ...filter } }) {
      const before = parseIdCursor('dlv', cursor);
      const rows = await new DeliveryStore(database.db).list({ ...filter, before }, limit + 1);
      return cutPage(rows, limit, toDeliveryView, ({ id }) => id);
    },

    async retryDelivery({ principal, actor, params: { id } }) {
      const found = await new DeliveryStore(database.db).find(id);
      if (found === undefined) throw notFound(id);
      await assertMayRetry(deps, principal, found);
      const at = now();
      const row = await database.transaction(async (tx) => {
        const retried = await new DeliveryStore(tx).retry(id, at);
        if (retried === undefined) throw notFound(id);
        await appendLedger(tx, {
          kind: 'delivery.retried',
          actor,
          service: retried.service ?? undefined,
          environment: retried.environment ?? undefined,
          releaseId: retried.release_id ?? undefined,
          cause: `${deliveryWords(retried)} is delivered again`,
          details: { delivery: id, was: found.state },
          at,
        });
        return retried;
      });
      return { delivery: toDeliveryView(row), message: `${deliveryWords(row)} goes as soon as its turn comes` };
    },
  };
}

/** Who may change what is told of may have it told again; what is of no one place is for administrators. */
async function assertMayRetry(
  { database, rights }: DeliveryRouteDeps,
  principal: Principal,
  { service, environment }: DeliveryRow,
): Promise<void> {
  const known = service === null ? undefined : await new ServiceRecords(database.db).find(service);
  if (known === undefined || environment === null) rights.assertMay(principal, { verb: 'admin' });
  else rights.assertMay(principal, { verb: 'release', service: known.name, environment, owner: known.owner });
}

function notFound(id: string): AppError {
  return new AppError('not-found', 'delivery.not-found', `There is no delivery ${id}.`, {
    next: 'list them with `release-cli deliveries`; they are kept for 90 days',
  });
}
