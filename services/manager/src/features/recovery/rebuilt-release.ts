import { parseTrailers, type ReleaseTrailers } from '@release-manager/config-repo';
import { isArtifactId, isDnsLabel, type Actor, type GitIdentity, type ReleaseIntent } from '@release-manager/domain';
import type { CommitInfo, Oid } from '@release-manager/git';

import { timeOfId } from './time-of-id.ts';

/** What a commit of the config repo tells of the release that it carries. */
export interface RebuiltRelease {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  /** Absent: an undeploy. */
  readonly artifactId?: string | undefined;
  readonly intent: ReleaseIntent;
  readonly actor: Actor;
  readonly author: GitIdentity;
  readonly reason?: string | undefined;
  readonly commit: Oid;
  readonly requestedAt: Date;
  readonly committedAt: Date;
}

const releaseId = /^rel_[0-9a-z]{26}$/;

/**
 * The release of a commit; nothing for commits of people, of Lunar, and for those whose trailers are not as we write them. Whoever
 * can push may have written the trailers, so nothing in them is believed that could not be stored or shown.
 */
export function rebuiltRelease(commit: CommitInfo): RebuiltRelease | undefined {
  const trailers = parseTrailers(commit.message);
  if (trailers?.releaseId === undefined || !releaseId.test(trailers.releaseId)) return undefined;
  const { service, environment, artifactId } = trailers;
  if (!isDnsLabel(service) || !isDnsLabel(environment)) return undefined;
  if (artifactId !== undefined && !isArtifactId(artifactId)) return undefined;
  const committedAt = commit.committer.at;
  const author = trailers.releasedBy ?? { name: commit.author.name, email: commit.author.email };
  return {
    id: trailers.releaseId,
    service,
    environment,
    artifactId,
    intent: trailers.intent ?? (artifactId === undefined ? 'undeploy' : 'artifact'),
    actor: actorOf(trailers, author, commit.message),
    author,
    reason: trailers.reason,
    commit: commit.oid,
    requestedAt: requestTime(trailers.releaseId, committedAt),
    committedAt,
  };
}

/** The oldest first, each release once: a commit that somebody picked onto the branch again carries the same id. */
export function rebuiltReleases(newestFirst: readonly CommitInfo[]): readonly RebuiltRelease[] {
  const found = new Map<string, RebuiltRelease>();
  for (const commit of newestFirst.toReversed()) {
    const release = rebuiltRelease(commit);
    if (release !== undefined && !found.has(release.id)) found.set(release.id, release);
  }
  return [...found.values()];
}

function actorOf({ policy, intent }: ReleaseTrailers, author: GitIdentity, message: string): Actor {
  if (intent === 'auto') return { kind: 'automation', policy: policy ?? 'unknown', author };
  // The subject ends with the short name of who asked; the trailer names the author of the commit.
  const name = / by (\S+)$/.exec(message.split('\n', 1)[0] ?? '')?.[1];
  if (name === undefined || name === 'release-manager') return { kind: 'manager' };
  return name === 'admin' ? { kind: 'admin' } : { kind: 'person', person: { id: name, ...author } };
}

/** An id holds the time it was made at; one that lies after its own commit was not made by us. */
function requestTime(id: string, committedAt: Date): Date {
  const made = timeOfId(id);
  // Times in git have whole seconds.
  return made === undefined || made.getTime() >= committedAt.getTime() + 1000 ? committedAt : made;
}
