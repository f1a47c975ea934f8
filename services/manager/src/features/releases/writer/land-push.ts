import { layout } from '@release-manager/config-repo';
import type { Oid } from '@release-manager/git';

import { FolderStore, type ConfigRepo } from '../../config-repo/index.ts';
import type { StopFile } from '../stops.ts';
import type { WrittenRelease } from './plan-batch.ts';
import { PushAttemptStore, type PushAttempt } from './push-attempt-store.ts';
import { QueueStore } from './queue-store.ts';
import { recordCommitted } from './record-outcome.ts';
import type { WriterDeps } from './writer-deps.ts';

/** Records a push that landed: states, ledger, index and attempt in one transaction. */
export async function recordLanded(
  deps: WriterDeps,
  attempt: PushAttempt,
  { written, files }: { readonly written: readonly WrittenRelease[]; readonly files: readonly StopFile[] },
): Promise<void> {
  const { database, repo, now, hops, logger } = deps;
  const at = now();
  const oids = await treeOids(repo, attempt.tip, written);
  const lastOnes = lastOfTargets(written);
  await database.transaction(async (tx) => {
    const committed = await new QueueStore(tx).markCommitted(
      written.map(({ planned, commit }) => ({
        releaseId: planned.release.id,
        commit,
        replacedArtifactId: planned.replacedArtifactId,
        treeOid: treeOidOf(planned, oids, lastOnes),
        decision: planned.decision,
      })),
      at,
    );
    await recordCommitted(tx, committed, at);
    await deps.rollouts?.committed(tx, committed, at);
    await updateIndex(new FolderStore(tx), oids, written, at);
    await new PushAttemptStore(tx).settle(attempt.id, 'landed', at);
    await deps.recovery?.landed(tx, attempt);
    const ids = committed.map(({ id }) => id);
    await deps.stops?.settle(tx, ids, 'committed', at);
    await deps.stops?.written(tx, files);
  });
  await deps.index.landed(attempt.base, attempt.tip);
  await repo.adopt(attempt.tip);
  if (written.length > 0) hops.batch(written.length);
  for (const { planned, commit } of written) {
    const { id, service, environment, artifactId } = planned.release;
    logger.info('release committed', { releaseId: id, service, environment, artifact: artifactId, commit });
    const queuedAt = planned.release.queuedAt ?? planned.release.requestedAt;
    hops.pushed((at.getTime() - queuedAt.getTime()) / 1000);
  }
}

/** That of the last commit of the batch; what an earlier release of the same target left is not known. */
function treeOidOf(
  { folders, release }: WrittenRelease['planned'],
  oids: ReadonlyMap<string, Oid>,
  lastOnes: ReadonlySet<string>,
): Oid | undefined {
  if (!lastOnes.has(release.id)) return undefined;
  const kept = folders.find(({ objects }) => objects !== undefined);
  return kept && oids.get(layout.release(kept.environment, kept.namespace, kept.service));
}

/** Ids of the releases that decide what each target holds. */
function lastOfTargets(written: readonly WrittenRelease[]): ReadonlySet<string> {
  const last = written.map(
    ({ planned: { release } }) => [`${release.environment}/${release.service}`, release.id] as const,
  );
  return new Set(new Map(last).values());
}

/** The id of each folder that the batch wrote, on its last commit. */
async function treeOids(
  repo: ConfigRepo,
  tip: Oid,
  written: readonly WrittenRelease[],
): Promise<ReadonlyMap<string, Oid>> {
  const tree = repo.mirror.tree(tip);
  const paths = new Set(
    written.flatMap(({ planned }) =>
      planned.folders.map((folder) => layout.release(folder.environment, folder.namespace, folder.service)),
    ),
  );
  const found = await Promise.all([...paths].map(async (path) => [path, await tree.oid(path)] as const));
  return new Map(found.flatMap(([path, oid]) => (oid === undefined ? [] : [[path, oid] as const])));
}

async function updateIndex(
  store: FolderStore,
  oids: ReadonlyMap<string, Oid>,
  written: readonly WrittenRelease[],
  at: Date,
): Promise<void> {
  // Several releases of one target may be in the batch: only the last of each is what the folder holds now.
  const last = new Map(
    written.flatMap(({ planned }) =>
      planned.folders.map((folder) => [
        layout.release(folder.environment, folder.namespace, folder.service),
        { folder, releaseId: planned.release.id },
      ]),
    ),
  );
  const changes = [...last].map(([path, { folder, releaseId }]) => {
    const treeOid = oids.get(path);
    const { objects, ...place } = folder;
    return {
      folder: { ...place, treeOid: treeOid ?? '', releaseId },
      objects: treeOid === undefined ? undefined : objects,
    };
  });
  await store.apply(changes, at);
}
