import type { Actor } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { appendLedger } from '../ledger/index.ts';
import { verifyArtifactJob } from './artifact-jobs.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';

export interface BeginDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

/** Has what lies under the upload key verified; nothing when somebody was faster. */
export async function beginVerification(
  { database, queue, now }: BeginDeps,
  actor: Actor,
  { id, service, uploadKey }: Pick<Artifact, 'id' | 'service'> & { readonly uploadKey: string },
): Promise<void> {
  const at = now();
  await database.transaction(async (tx) => {
    if (!(await new ArtifactTable(tx).markUploaded(id, uploadKey, at))) return;
    await queue.enqueue(tx, verifyArtifactJob, { artifactId: id }, { key: id });
    const states = { from: 'pending', to: 'uploaded' };
    await appendLedger(tx, {
      kind: 'artifact.uploaded',
      actor,
      service,
      artifactId: id,
      ...states,
      cause: `${id} was uploaded`,
      at,
    });
  });
}
