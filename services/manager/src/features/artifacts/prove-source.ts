import { AppError, messageOf } from '@release-manager/domain';
import type { Github } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';
import type { JobHandler, Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';

import type { ConfigRepo } from '../config-repo/index.ts';
import { isSameRepository, ServiceRecords, type Service } from '../services/index.ts';
import { proveSourceJob, type ProveSource } from './artifact-jobs.ts';
import { ArtifactRecords } from './artifact-records.ts';
import type { Artifact } from './artifact.ts';
import { foreignSource, judgeSource, unansweredSource } from './judge-source.ts';
import { recordProof, recordWaiting, type Proved } from './record-proof.ts';
import type { SourceProof } from './source-proof.ts';

export interface ProveSourceDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly github: Pick<Github, 'isReachable'>;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Seconds after which a `no` is asked again; what is asked last counts. */
  readonly refusalPauses?: readonly number[];
}

/** CI can be faster than GitHub's own replicas, and than the merge that it builds. */
const patience = [5, 30, 120] as const;

/**
 * The handler of `proveSourceJob`: asks GitHub whether the commit of an artifact is on its branch, and stores what it said. No
 * answer is never a `yes`: the artifact waits, and the job is tried again, when GitHub says where it says so.
 */
export function createProveSource(deps: ProveSourceDeps): JobHandler<ProveSource> {
  return async (job, { signal }) => {
    const artifact = await new ArtifactRecords(deps.database.db).find(job.artifactId);
    const service = artifact && (await new ServiceRecords(deps.database.db).find(artifact.service));
    if (artifact === undefined || service === undefined || artifact.sourceProof?.state === 'proven') return;
    try {
      const proof = await ask(deps, artifact, service, signal);
      await heard(deps, job, { artifact, repository: service.repository, proof });
    } catch (error) {
      if (signal.aborted) throw error;
      await heardNothing(deps, job, error);
    }
  };
}

async function heard(deps: ProveSourceDeps, job: ProveSource, proved: Proved): Promise<void> {
  const { proof } = proved;
  const pause = (deps.refusalPauses ?? patience)[job.refusals];
  if (proof.state !== 'refuted' || proof.by !== 'github' || pause === undefined) return recordProof(deps, proved);
  const waiting = { ...proof, state: 'waiting', next: `nothing: GitHub is asked again in ${pause} s` } as const;
  await askAgain(deps, waiting, { ...job, refusals: job.refusals + 1 }, pause);
}

/** @throws the error, for the queue to try again, unless GitHub says itself when it wants to hear from us */
async function heardNothing(deps: ProveSourceDeps, job: ProveSource, error: unknown): Promise<void> {
  const { database, logger, now } = deps;
  logger.warn('GitHub did not say whether a commit is on its branch', { artifact: job.artifactId, error });
  const waiting = unansweredSource(messageOf(error), now());
  const pause = error instanceof AppError ? error.details['retryAfterSeconds'] : undefined;
  if (typeof pause === 'number') return askAgain(deps, waiting, job, pause);
  await database.transaction((tx) => recordWaiting(tx, job.artifactId, waiting, now()));
  throw error;
}

async function askAgain(deps: ProveSourceDeps, proof: SourceProof, job: ProveSource, seconds: number): Promise<void> {
  const { database, queue, now } = deps;
  await database.transaction(async (tx) => {
    if (!(await recordWaiting(tx, job.artifactId, proof, now()))) return;
    await queue.enqueue(tx, proveSourceJob, job, { key: job.artifactId, startAfterSeconds: seconds });
  });
}

async function ask(
  { github, repo, now }: ProveSourceDeps,
  { branch, sha, spec }: Artifact,
  service: Service,
  signal: AbortSignal,
): Promise<SourceProof> {
  const claimed = spec.source.repository;
  const repository = service.repository ?? claimed;
  if (!isSameRepository(claimed, repository)) return foreignSource(claimed, repository, now());
  const claim = { repository, branch, sha };
  const answer = await github.isReachable(claim, signal);
  const isTrusted = repo.snapshot().trustIncoming.includes(service.name);
  return judgeSource({ answer, claim, isTrusted, at: now() });
}
