import { createHash } from 'node:crypto';

/** A rendered file of an artifact: path below the artifact's root with `/` between folders, and its bytes. */
export interface ArtifactFile {
  readonly path: string;
  readonly content: Uint8Array;
}

export interface ArtifactIdentity {
  readonly service: string;
  /** Exact branch name, as git spells it. */
  readonly branch: string;
  /** Full commit sha of the source repository, lower-case hex. */
  readonly sha: string;
}

/**
 * The branch as it can stand in an id: lower case, runs outside `[a-z0-9]` become one `-`, trimmed, 40 characters at most,
 * `branch` when nothing is left. Two branches may share a slug: the exact branch is part of the digest.
 */
export function branchSlug(branch: string): string {
  const slug = branch
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return slug === '' ? 'branch' : slug;
}

/**
 * `<slug>-<first 10 of sha>-<digest>`; the digest is the first 10 lower-case hex digits of SHA-256 over service, branch, sha
 * and then path and content of each rendered file in the order of the UTF-8 bytes of its path, every item preceded by its
 * length as 8 bytes big-endian. `artifact.json` is not part of it, so a retry of one build may add checks under the same id.
 */
export function artifactId(identity: ArtifactIdentity, files: readonly ArtifactFile[]): string {
  const hash = createHash('sha256');
  const add = (item: Uint8Array): void => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(item.byteLength));
    hash.update(length).update(item);
  };
  for (const text of [identity.service, identity.branch, identity.sha]) add(Buffer.from(text, 'utf8'));
  const sorted = files
    .filter((file) => file.path !== 'artifact.json')
    .map((file) => ({ path: Buffer.from(file.path, 'utf8'), content: file.content }))
    .sort((a, b) => Buffer.compare(a.path, b.path));
  for (const file of sorted) {
    add(file.path);
    add(file.content);
  }
  return `${branchSlug(identity.branch)}-${identity.sha.slice(0, 10)}-${hash.digest('hex').slice(0, 10)}`;
}

const idPattern = /^[a-z0-9](?:[a-z0-9-]{0,39})-[0-9a-f]{10}-[0-9a-f]{10}$/;

/** True for a text that has the form of an artifact id; says nothing about whether such an artifact exists. */
export function isArtifactId(text: string): boolean {
  return idPattern.test(text);
}
