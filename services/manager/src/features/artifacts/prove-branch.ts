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
  /** How it is known, in words. */
  readonly because: string;
}

/**
 * The branch of an artifact that was only claimed until now is certain: somebody who may speak for the branch brings the very
 * bytes, or GitHub confirms it. Automation, which passed it by, is told of it again.
 */
export async function proveBranch(tx: Db, known: Artifact, { actor, at, queue, because }: Proof): Promise<void> {
  await new ArtifactTable(tx).markProven(known.id, at);
  await appendLedger(tx, {
    kind: 'artifact.proven',
    actor,
    service: known.service,
    artifactId: known.id,
    cause: `${known.id} is of ${known.branch}: ${because}`,
    details: { branch: known.branch },
    at,
  });
  if (known.state === 'ready') await queue.enqueue(tx, artifactReadyJob, { artifactId: known.id }, { key: known.id });
}
