import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';
import type { ArtifactStore, UploadTarget } from '@release-manager/storage';

import type { Principal } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import { artifactNotFound } from './artifact-not-found.ts';
import { ArtifactRecords, type ArtifactFilter } from './artifact-records.ts';
import type { Artifact } from './artifact.ts';
import { beginVerification } from './begin-verification.ts';
import type { BuildTakeover } from './build-takeover.ts';
import { mergeChecks } from './merge-checks.ts';
import { assertAnnouncement, registerArtifact, uploadSeconds, type Announcement } from './register-artifact.ts';
import { VerdictWatch, type WaitOptions } from './verdict-watch.ts';
import { verifyAgain } from './verify-again.ts';

export interface ArtifactServiceDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly store: ArtifactStore;
  readonly rights: Rights;
  readonly builds: BuildTakeover;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly logger: Logger;
  /** Whether GitHub is asked of what is registered. */
  readonly asksSource?: boolean | undefined;
  readonly now: () => Date;
}

/** Takes artifacts in, and shows them. */
export interface ArtifactService {
  /**
   * Registers an artifact and says where its zip goes; nowhere when it is ready already, and then what was rejected of it is
   * verified again. With a build it takes over the checks of the build, which ends.
   * @throws AppError forbidden; invalid `artifact.too-large`, `artifact.id-mismatch`, `artifact.id-taken`, `name.…`; conflict
   * `service.…-bound`, `service.pair-clash`, `artifact.unproven`, `build.other-source`
   */
  register(
    principal: Principal,
    input: Announcement & { readonly buildId?: string | undefined },
  ): Promise<{ artifact: Artifact; upload?: UploadTarget }>;
  /**
   * Has the uploaded zip verified; a second call changes nothing.
   * @throws AppError forbidden; not-found `artifact.not-found`; conflict `artifact.not-uploaded`
   */
  complete(principal: Principal, id: string): Promise<Artifact>;
  /** One artifact, after waiting for its verdict for a time. @throws AppError not-found `artifact.not-found` */
  show(id: string, wait: WaitOptions): Promise<Artifact>;
  /** The last registered first, before the position `before`. */
  list(filter: ArtifactFilter, limit: number, before?: number): Promise<readonly Artifact[]>;
}

export function createArtifactService(deps: ArtifactServiceDeps): ArtifactService {
  const { database, store, rights, builds, repo, now } = deps;
  const records = new ArtifactRecords(database.db);
  const watch = new VerdictWatch(deps);

  const found = async (id: string): Promise<Artifact> => {
    const artifact = await records.find(id);
    if (artifact === undefined) throw artifactNotFound(id);
    return artifact;
  };

  return {
    async register(principal, input) {
      const { spec, size, sha256, buildId } = input;
      rights.assertMay(principal, { verb: 'upload', service: spec.service, branch: spec.source.branch });
      assertAnnouncement(input);
      // Who may upload for a branch speaks for it.
      const { queue, asksSource } = deps;
      const context = { actor: principal.actor, proven: true, queue, asksSource, snapshot: repo.snapshot(), at: now() };
      const artifact = await database.transaction(async (tx) => {
        if (buildId === undefined) return registerArtifact(tx, { spec, size, sha256 }, context);
        const { branch, sha } = spec.source;
        const takeover = { service: spec.service, buildId, branch, sha, artifactId: spec.id, ...context };
        const checks = mergeChecks(await builds.takeOver(tx, takeover), spec.checks ?? []);
        return registerArtifact(tx, { spec: { ...spec, checks: [...checks] }, size, sha256 }, context);
      });
      if (artifact.uploadKey === undefined) return { artifact: await verifyAgain(deps, artifact) };
      return { artifact, upload: await store.presignUpload(artifact.uploadKey, { size, sha256 }, uploadSeconds) };
    },

    async complete(principal, id) {
      const artifact = await found(id);
      rights.assertMay(principal, { verb: 'upload', service: artifact.service, branch: artifact.branch });
      const { uploadKey } = artifact;
      if (artifact.state !== 'pending' || uploadKey === undefined) return artifact;
      if ((await store.head(uploadKey)) === undefined) throw notUploaded(id);
      await beginVerification(deps, principal.actor, { ...artifact, uploadKey });
      return found(id);
    },

    async show(id, wait) {
      const artifact = await found(id);
      if (isJudged(artifact) || wait.seconds === 0) return artifact;
      await watch.wait(id, wait);
      return found(id);
    },

    list: (filter, limit, before) => records.list(filter, limit, before),
  };
}

function isJudged({ state }: Artifact): boolean {
  return state === 'ready' || state === 'rejected';
}

function notUploaded(id: string): AppError {
  return new AppError('conflict', 'artifact.not-uploaded', `Nothing was uploaded for ${id}.`, {
    next: 'PUT the zip to the URL of its latest registration, then complete it; `release-cli artifact push` does both. Another run of the same build may have registered it meanwhile: push it again',
  });
}
