import { setImmediate as nextTurn } from 'node:timers/promises';

import { defaultArchiveLimits } from '@release-manager/archive';
import { AppError, isPermanent } from '@release-manager/domain';
import type { JobHandler } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';
import type { ArtifactStore } from '@release-manager/storage';

import { FolderStore, type ConfigRepo } from '../config-repo/index.ts';
import { ServiceRecords, type Service } from '../services/index.ts';
import { verifyArtifactJob } from './artifact-jobs.ts';
import type { ArtifactLoader } from './artifact-loader.ts';
import { ArtifactRecords } from './artifact-records.ts';
import { artifactKey, type Artifact } from './artifact.ts';
import { legibleVerdict } from './legible.ts';
import { recordVerdict, type RecordDeps } from './record-verdict.ts';
import { ownersIn, rejected, type Verdict } from './verdict.ts';
import { verifyArtifact } from './verify-artifact.ts';

export interface VerifyDeps extends RecordDeps {
  readonly store: ArtifactStore;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly loader: ArtifactLoader;
  readonly logger: Logger;
  /** Hears of each verdict, once, with the artifact as it was before. */
  readonly onVerdict?: ((artifact: Artifact) => void) | undefined;
}

/**
 * The handler of `verifyArtifactJob`. The bytes are kept before the database says ready: whoever dies in between does all of it
 * again and writes the same. It may run any number of times for one upload, also at once.
 */
export function createVerifyArtifact(deps: VerifyDeps): JobHandler<{ artifactId: string }> {
  const { database, store, loader, logger } = deps;
  return async ({ artifactId }, { signal, attempt }) => {
    const artifact = await new ArtifactRecords(database.db).find(artifactId);
    const service = artifact && (await new ServiceRecords(database.db).find(artifact.service));
    if (artifact?.state !== 'uploaded' || artifact.uploadKey === undefined || service === undefined) return;
    const upload = { ...artifact, uploadKey: artifact.uploadKey };
    const verdict = await judge(deps, upload, service, signal).catch((error: unknown) => {
      if (attempt < verifyArtifactJob.attempts || signal.aborted || !isOurFault(error)) throw error;
      logger.error('verification of an artifact fails again and again', { artifact: artifactId, error });
      return rejected(brokenVerification(artifactId));
    });
    signal.throwIfAborted();
    if (!(await recordVerdict(deps, { artifact, service, verdict: legibleVerdict(verdict) }))) return;
    deps.onVerdict?.(artifact);
    if (verdict.state === 'ready') loader.keep(artifact.id, verdict.files);
    await store.remove(upload.uploadKey);
  };
}

type Uploaded = Artifact & { readonly uploadKey: string };

async function judge(
  { database, store, repo }: VerifyDeps,
  artifact: Uploaded,
  service: Service,
  signal: AbortSignal,
): Promise<Verdict> {
  const zip = await readUpload(store, artifact);
  if (!Buffer.isBuffer(zip)) return zip;
  const breathe = async (): Promise<void> => {
    await nextTurn();
    signal.throwIfAborted();
  };
  const ownerOf = ownersIn(new FolderStore(database.db));
  const verdict = await verifyArtifact({ artifact, zip, service, snapshot: repo.snapshot(), ownerOf, breathe });
  if (verdict.state === 'ready') await store.write(artifactKey(artifact), zip);
  return verdict;
}

/** An upload that is gone will not come back by trying again, and whoever waits should hear of it. */
async function readUpload(store: ArtifactStore, { id, uploadKey }: Uploaded): Promise<Buffer | Verdict> {
  try {
    return await store.read(uploadKey, defaultArchiveLimits.zipBytes);
  } catch (error) {
    if (!(error instanceof AppError) || !isPermanent(error)) throw error;
    const message = 'The uploaded zip is gone or larger than what was announced.';
    return rejected({ file: `${id}.zip`, line: 1, rule: 'artifact.upload', message, next: 'push the artifact again' });
  }
}

/** What is unavailable comes back; anything else that is still there at the last attempt does not. */
function isOurFault(error: unknown): boolean {
  return !(error instanceof AppError) || (error.kind !== 'unavailable' && error.kind !== 'limited');
}

function brokenVerification(id: string) {
  return {
    file: `${id}.zip`,
    line: 1,
    rule: 'artifact.verification-failed',
    message: 'The manager could not verify this artifact; the error is its own.',
    next: 'push it again; if it happens again, give the id to whoever runs the manager',
  };
}
