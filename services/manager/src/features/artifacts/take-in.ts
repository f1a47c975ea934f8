import { AppError, type Actor } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { ArtifactStore } from '@release-manager/storage';

import type { ConfigRepo } from '../config-repo/index.ts';
import { ArtifactRecords } from './artifact-records.ts';
import type { Artifact } from './artifact.ts';
import { beginVerification } from './begin-verification.ts';
import { assertAnnouncement, registerArtifact, type Announcement } from './register-artifact.ts';
import { verifyAgain } from './verify-again.ts';

export interface TakeInDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly store: ArtifactStore;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly now: () => Date;
  /** Whether GitHub is asked of what is taken in. */
  readonly asksSource?: boolean | undefined;
}

/** A zip that the manager itself has read, and what it says it is. */
export interface FoundZip extends Announcement {
  readonly zip: Buffer;
  /** Whether whoever put it there may speak for the branch. */
  readonly proven: boolean;
  readonly actor: Actor;
}

/**
 * Goes the way of an upload with bytes that are here already: registered, put where only the manager writes, verified in the
 * background. Who dies in between does it again, with the same result.
 * @throws AppError as `ArtifactService.register`, and unavailable `artifact.registered-anew` when somebody else registers the
 * same id with other bytes at this moment
 */
export async function takeIn(deps: TakeInDeps, found: FoundZip): Promise<Artifact> {
  const { database, queue, store, repo, now, asksSource } = deps;
  const { zip, proven, actor, ...announcement } = found;
  const { id } = announcement.spec;
  assertAnnouncement(announcement);
  const context = { actor, proven, queue, asksSource, snapshot: repo.snapshot(), at: now() };
  const artifact = await database.transaction((tx) => registerArtifact(tx, announcement, context));
  if (artifact.state !== 'pending' || artifact.uploadKey === undefined) return verifyAgain(deps, artifact);
  await store.write(artifact.uploadKey, zip);
  await beginVerification(deps, actor, { ...artifact, uploadKey: artifact.uploadKey });
  const current = await new ArtifactRecords(database.db).find(id);
  if (current !== undefined && current.state !== 'pending') return current;
  throw new AppError('unavailable', 'artifact.registered-anew', `${id} was registered again while it was taken in.`, {
    next: 'nothing: it is tried again',
  });
}
