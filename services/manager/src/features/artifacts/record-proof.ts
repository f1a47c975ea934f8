import { AppError } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { appendLedger } from '../ledger/index.ts';
import { ServiceStore } from '../services/index.ts';
import { artifactReadyJob } from './artifact-jobs.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';
import { proveBranch } from './prove-branch.ts';
import type { SourceProof } from './source-proof.ts';

export interface RecordProofDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

export interface Proved {
  /** As it was when GitHub was asked. */
  readonly artifact: Artifact;
  /** The repository that the service was bound to then. */
  readonly repository: string | undefined;
  readonly proof: SourceProof;
}

/**
 * Stores what was found out for good: proof, ledger, and the job that tells automation, all or nothing. A proof stays: a branch
 * that is rewritten later does not make undone what was on it.
 * @throws AppError unavailable `artifact.service-changed` when the service was bound to another repository meanwhile
 */
export async function recordProof(deps: RecordProofDeps, { artifact, repository, proof }: Proved): Promise<void> {
  const { database, queue, now } = deps;
  const at = now();
  await database.transaction(async (tx) => {
    // Service before artifact, as everywhere.
    const service = await new ServiceStore(tx).lock(artifact.service);
    const table = new ArtifactTable(tx);
    const current = await table.lock(artifact.id);
    if (current === undefined || current.sourceProof?.state === 'proven') return;
    if (service?.repository !== repository) throw serviceChanged(artifact.service);
    await table.setSourceProof(current.id, proof, at);
    await appendProof(tx, current, proof, at);
    const isNews = proof.state === 'proven' && !current.proven;
    if (isNews) await proveBranch(tx, current, { actor: { kind: 'manager' }, at, queue, because: proof.says });
    else if (current.state === 'ready')
      await queue.enqueue(tx, artifactReadyJob, { artifactId: current.id }, { key: current.id });
  });
}

/** Keeps what was said so far; false when it is proven meanwhile, or nobody is asked any more. */
export async function recordWaiting(tx: Db, id: string, proof: SourceProof, at: Date): Promise<boolean> {
  const table = new ArtifactTable(tx);
  const current = await table.lock(id);
  if (current?.sourceProof === undefined || current.sourceProof.state === 'proven') return false;
  await table.setSourceProof(id, proof, at);
  return true;
}

async function appendProof(
  tx: Db,
  { id, service, branch, sha }: Artifact,
  proof: SourceProof,
  at: Date,
): Promise<void> {
  const { state, says, by, answer, repository, tip } = proof;
  await appendLedger(tx, {
    kind: `artifact.source-${state}`,
    actor: { kind: 'manager' },
    service,
    artifactId: id,
    cause: `${id}: ${says}`,
    details: { branch, sha, by, answer, repository, tip },
    at,
  });
}

function serviceChanged(service: string): AppError {
  const message = `${service} was bound to another repository while GitHub was asked.`;
  return new AppError('unavailable', 'artifact.service-changed', message, {
    next: 'nothing: it is asked again at once',
  });
}
