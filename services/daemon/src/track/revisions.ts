import type { Owner, RevisionLink } from '../observe/index.ts';

interface Newest {
  readonly revision: number;
  readonly hash: string;
}

/**
 * Which ReplicaSet (or ControllerRevision) belongs to what, and which of a workload's is the newest. Large clusters have ten
 * old ReplicaSets per Deployment, so that little is kept of each.
 */
export class Revisions {
  readonly #links = new Map<string, RevisionLink>();
  readonly #newest = new Map<string, Newest>();

  /** @returns the workload of which something is known that was not known before. */
  seen(link: RevisionLink): Owner | undefined {
    const { owner, hash, revision } = link;
    const before = this.#links.get(link.uid);
    this.#links.set(link.uid, link);
    if (owner === undefined) return undefined;
    const newest = this.#newest.get(owner.uid);
    const isNewest = hash !== undefined && revision !== undefined && revision >= (newest?.revision ?? 0);
    if (isNewest) this.#newest.set(owner.uid, { revision, hash });
    return before === undefined || (isNewest && newest?.hash !== hash) || before.revision !== revision
      ? owner
      : undefined;
  }

  gone(uid: string): void {
    this.#links.delete(uid);
  }

  workloadGone(uid: string): void {
    this.#newest.delete(uid);
  }

  /** The workload behind an owner that is a ReplicaSet; `unknown` while that one was not seen. */
  workloadOf(owner: Owner): Owner | 'unknown' {
    if (owner.kind !== 'ReplicaSet') return owner;
    const link = this.#links.get(owner.uid);
    return link === undefined ? 'unknown' : (link.owner ?? owner);
  }

  /** True for one that nobody owns. */
  isAlone(uid: string): boolean {
    const link = this.#links.get(uid);
    return link !== undefined && link.owner === undefined;
  }

  newest(workloadUid: string): Newest | undefined {
    return this.#newest.get(workloadUid);
  }
}
