import type { Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { isSameRepository } from '../services/index.ts';
import { proveSourceJob } from './artifact-jobs.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';
import { askedProof } from './source-proof.ts';

export interface AskContext {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly at: Date;
}

/**
 * Has GitHub asked, in the caller's transaction, unless it is proven. What was said before is forgotten only by a new upload or
 * somebody who wants to release it: a `no` does not become a `yes` by looking again and again.
 */
export async function askSource(tx: Db, { id, sourceProof, spec }: Artifact, { queue, at }: AskContext): Promise<void> {
  const { repository } = spec.source;
  if (sourceProof?.state === 'proven' && isSameRepository(sourceProof.repository ?? repository, repository)) return;
  await new ArtifactTable(tx).setSourceProof(id, askedProof(at), at);
  await queue.enqueue(tx, proveSourceJob, { artifactId: id, refusals: 0 }, { key: id });
}
