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
  /** The namespace to leave; the service stays in others. */
  readonly leavesNamespace: string;
}

/**
 * Queues an undeploy that follows from another decision (a service moved to another namespace), in that decision's own
 * transaction. Where a release moves the service before its turn comes there is nothing left to do, and it is superseded.
 */
export function createUndeployPort({ identity, now }: { readonly identity: GitIdentity; readonly now: () => Date }) {
  return async (tx: Db, { service, environment, actor, reason, leavesNamespace }: QueueUndeploy): Promise<void> => {
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
      leavesNamespace,
      requestedAt: at,
    });
    await appendRequested(tx, release);
    await store.wakeWriter();
  };
}
