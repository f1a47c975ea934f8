import { isDeepStrictEqual } from 'node:util';

import { isNewer } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { appendLedger } from '../ledger/index.ts';
import { followUpload, ServiceStore, type Service } from '../services/index.ts';
import { artifactReadyJob } from './artifact-jobs.ts';
import { ArtifactRecords } from './artifact-records.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';
import { askSource } from './ask-source.ts';
import { buildOrder } from './build-order.ts';
import { claimOf } from './claim-of.ts';
import { serviceChanged, type Verdict } from './verdict.ts';

export interface RecordDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
  /** Whether GitHub is asked of what becomes ready, should whoever registered it not have. */
  readonly asksSource?: boolean | undefined;
}

export interface Judged {
  /** As it was when it was read. */
  readonly artifact: Artifact;
  /** As it was when the manifests were judged by its namespaces. */
  readonly service: Service;
  readonly verdict: Verdict;
}

/**
 * Makes the verdict count: state, head of the branch, ledger and the job that tells of it, all or nothing.
 * @returns false when the artifact was registered anew or judged meanwhile, and this verdict speaks of what nobody asks for.
 * @throws AppError unavailable `artifact.service-changed` when it was judged by namespaces that count no more: judge again
 */
export async function recordVerdict(
  { database, queue, now, asksSource }: RecordDeps,
  judged: Judged,
): Promise<boolean> {
  const { artifact, verdict } = judged;
  const at = now();
  return database.transaction(async (tx) => {
    // Service before artifact, as everywhere. Its lock makes the head of a branch a comparison that nobody disturbs.
    const service = await new ServiceStore(tx).lock(artifact.service);
    const table = new ArtifactTable(tx);
    const current = await table.lock(artifact.id);
    if (current?.state !== 'uploaded' || current.uploadKey !== artifact.uploadKey) return false;
    if (service === undefined || !isDeepStrictEqual(service.namespaces, judged.service.namespaces))
      throw serviceChanged(artifact.service);
    await table.markVerified(artifact.id, verdict, at);
    await appendVerdict(tx, judged, at);
    if (verdict.state === 'rejected') return true;
    if (asksSource === true && current.sourceProof === undefined) await askSource(tx, current, { queue, at });
    await queue.enqueue(tx, artifactReadyJob, { artifactId: artifact.id }, { key: artifact.id });
    if (await isNewHead(tx, current)) {
      await table.moveHead(current, at);
      await followUpload(tx, service, claimOf(current.spec), { actor: current.registeredBy, at });
    }
    return true;
  });
}

async function isNewHead(tx: Db, artifact: Artifact): Promise<boolean> {
  const head = await new ArtifactRecords(tx).head(artifact.service, artifact.branch);
  return head === undefined || isNewer(buildOrder(artifact), buildOrder(head));
}

async function appendVerdict(tx: Db, { artifact, verdict }: Judged, at: Date): Promise<void> {
  const { id, service } = artifact;
  const bad = Object.entries(verdict.environments).filter(([, content]) => content.state === 'rejected');
  const first = verdict.problems[0] ?? bad[0]?.[1].problems[0];
  const inNames = bad.length === 0 ? '' : ` in ${bad.map(([name]) => name).join(', ')}`;
  const rejection = `rejected${inNames}${first === undefined ? '' : `: ${first.message}`}`;
  await appendLedger(tx, {
    kind: `artifact.${verdict.state}`,
    actor: { kind: 'manager' },
    service,
    artifactId: id,
    from: 'uploaded',
    to: verdict.state,
    cause: `${id} was verified: ${verdict.state === 'ready' && bad.length === 0 ? 'ready' : rejection}`,
    details: {
      branch: artifact.branch,
      environments: Object.fromEntries(Object.entries(verdict.environments).map(([name, { state }]) => [name, state])),
      problems: verdict.problems.map(({ rule }) => rule),
    },
    at,
  });
}
