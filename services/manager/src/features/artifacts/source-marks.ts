import { jsonb, type Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { proveSourceJob } from './artifact-jobs.ts';
import { unaskedProof } from './source-proof.ts';

/** After this long without an answer the job may be lost for good: GitHub was away for longer than it was tried. */
const forgottenMs = 3_600_000;
const mostAtOnce = 500;

/**
 * Makes every artifact that nobody asked about one that has to be: from the moment on that GitHub is configured, silence is no
 * proof. Cheap once it is done.
 */
export async function markUnasked(db: Db, at: Date): Promise<number> {
  return db('artifacts')
    .whereNull('source_proof')
    .update({ source_proof: jsonb(unaskedProof(at)) });
}

/** GitHub is configured no more: nobody could ever answer, so nobody is asked. What was proven stays so. */
export async function forgetUnproven(db: Db): Promise<number> {
  return db('artifacts').whereRaw("source_proof->>'state' <> 'proven'").update({ source_proof: null });
}

/** Asks again where nothing was heard for long. */
export async function askForgotten(db: Db, queue: Pick<Queue, 'enqueue'>, at: Date): Promise<void> {
  const rows: { id: string }[] = await db('artifacts')
    .whereRaw("source_proof->>'state' = 'waiting'")
    .where('updated_at', '<', new Date(at.getTime() - forgottenMs))
    .orderBy('seq', 'desc')
    .limit(mostAtOnce)
    .select('id');
  for (const { id } of rows) await queue.enqueue(db, proveSourceJob, { artifactId: id, refusals: 0 }, { key: id });
}
