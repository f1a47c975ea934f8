import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { appendLedger } from '../ledger/index.ts';
import { artifactReadyJob } from './artifact-jobs.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';

export interface Proof {
  readonly actor: Actor;
  readonly at: Date;
  readonly queue: Pick<Queue, 'enqueue'>;
}

/**
 * Somebody who may speak for the branch brings the very bytes of an artifact whose branch was only claimed until now.
 * Automation, which passed it by, is told of it again.
 */
export async function proveBranch(tx: Db, known: Artifact, { actor, at, queue }: Proof): Promise<void> {
  await new ArtifactTable(tx).markProven(known.id, at);
  await appendLedger(tx, {
    kind: 'artifact.proven',
    actor,
    service: known.service,
    artifactId: known.id,
    cause: `${known.id} is of ${known.branch}: it came again from somebody who may speak for the branch`,
    details: { branch: known.branch },
    at,
  });
  if (known.state === 'ready') await queue.enqueue(tx, artifactReadyJob, { artifactId: known.id }, { key: known.id });
}
