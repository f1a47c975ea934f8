import { routeOf } from '@release-manager/config-repo';
import type { Db } from '@release-manager/postgres';

import type { LedgerRow } from '../ledger/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { buildGroup } from './group-key.ts';
import { MessageStore } from './message-store.ts';
import type { ReactDeps } from './react-deps.ts';
import { wantMessage } from './want-message.ts';

/**
 * A CI run that began, or ended. Its message is there from its beginning only in channels that want to hear of `building` in an
 * environment that the branch goes to by itself: what leads nowhere is nobody's news.
 */
export async function reactToBuild(tx: Db, { kind, service, details }: LedgerRow, deps: ReactDeps): Promise<void> {
  const { build, branch } = details;
  if (service === null || typeof build !== 'string') return;
  const store = new MessageStore(tx);
  const group = buildGroup(service, build);
  const at = deps.now();
  if (kind === 'build.started' && typeof branch === 'string') {
    for (const channel of await listeners(tx, { service, branch }, deps))
      await store.add({ channel, group }, { service, at });
  }
  for (const message of await store.ofGroups([group])) await wantMessage(tx, message, { urgency: 'normal', at });
}

async function listeners(
  tx: Db,
  { service, branch }: { readonly service: string; readonly branch: string },
  deps: ReactDeps,
): Promise<ReadonlySet<string>> {
  const { owner } = (await new ServiceRecords(tx).find(service)) ?? {};
  const world = deps.routing();
  return new Set(
    deps.autoEnvironments(service, branch).flatMap((environment) => {
      const { channel, on } = routeOf(world, { service, environment, owner });
      return channel !== undefined && on.has('building') ? [channel] : [];
    }),
  );
}
