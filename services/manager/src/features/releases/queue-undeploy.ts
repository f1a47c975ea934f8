import { newId, type Actor, type GitIdentity } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendRequested } from './append-requested.ts';
import { authorOf } from './commit-identity.ts';
import { ReleaseStore } from './release-store.ts';

export interface QueueUndeploy {
  readonly service: string;
  readonly environment: string;
  readonly actor: Actor;
  readonly reason: string;
}

/**
 * Queues an undeploy that follows from another decision (a service moved to another namespace), in that decision's own
 * transaction. The writer takes the service out of every namespace in which it finds it.
 */
export function createUndeployPort({ identity, now }: { readonly identity: GitIdentity; readonly now: () => Date }) {
  return async (tx: Db, { service, environment, actor, reason }: QueueUndeploy): Promise<void> => {
    const at = now();
    const store = new ReleaseStore(tx);
    await store.lockTarget(service, environment);
    const release = await store.insert({
      id: newId('rel', at),
      requestId: newId('req', at),
      service,
      environment,
      intent: 'undeploy',
      automatic: false,
      state: 'queued',
      actor,
      author: authorOf(actor, identity),
      reason,
      requestedAt: at,
    });
    await appendRequested(tx, release);
    await store.wakeWriter();
  };
}
