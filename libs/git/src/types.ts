import type { Credentials } from './credentials.ts';
import type { Oid } from './oid.ts';

/** Somebody in a commit, and when. Times have whole seconds in git and are written in UTC. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly at: Date;
}

export interface CommitInfo {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  readonly author: Signature;
  readonly committer: Signature;
  /** Subject, body and trailers as they stand in the commit. */
  readonly message: string;
}

export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symlink' | 'submodule';
  /** Octal, as git writes it: `100644`, `100755`, `40000`, `120000`, `160000`. */
  readonly mode: string;
  readonly oid: Oid;
}

export interface TreeFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly oid: Oid;
  readonly mode: string;
}

export interface ReadOptions {
  /**
   * What a file beyond `maxFileBytes` does. `throw`, the default: AppError limited `git.file-too-large` for the whole call.
   * `skip`: it is left out like an absent one, so that it stops nobody who does not need it; `sizes` tells the two apart.
   */
  readonly onTooLarge?: 'throw' | 'skip';
}

/**
 * Reads one commit's files. `''` is the root; a path that does not exist is `undefined`, never an error; one that cannot
 * exist (`..`, `.git`) is an AppError invalid `git.bad-path`.
 */
export interface TreeReader {
  /** The entries of a folder; `undefined` when there is no folder of that name. */
  list(path: string): Promise<readonly TreeEntry[] | undefined>;
  /** The id of the file or folder: equal ids mean equal content, whole folders included. */
  oid(path: string): Promise<Oid | undefined>;
  /**
   * The content of a regular file; symlinks and submodules are not followed and count as absent.
   * @throws AppError limited `git.file-too-large` beyond `maxFileBytes`.
   */
  read(path: string): Promise<Buffer | undefined>;
  /** Many files, in one request to the remote for all that this clone lacks. Absent ones are left out. */
  readMany(paths: readonly string[], options?: ReadOptions): Promise<Map<string, Buffer>>;
  /**
   * How many bytes each of these files has, without reading one into memory; absent ones are left out. What this clone lacks
   * is fetched by one request, so that reading it afterwards needs none.
   */
  sizes(paths: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** All files below a folder (or the file itself), in git's order. */
  files(path: string): Promise<readonly TreeFile[]>;
}

export type TreeEdit =
  /** Creates or replaces one file. */
  | { readonly kind: 'put'; readonly path: string; readonly content: Uint8Array }
  /** Removes a file or a whole folder; nothing happens when it is not there. */
  | { readonly kind: 'remove'; readonly path: string }
  /** The folder holds exactly these files afterwards (paths below the folder); without files it is gone. */
  | { readonly kind: 'replace-folder'; readonly path: string; readonly files: readonly FolderFile[] };

export interface FolderFile {
  readonly path: string;
  readonly content: Uint8Array;
}

export interface CommitMeta {
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  /** Makes a commit even when its tree is that of its parent. */
  readonly allowEmpty?: boolean;
}

/**
 * Builds commits on each other in memory. Nothing is on disk before `flush`, nothing is at the remote before `Mirror.push`.
 * Not for concurrent use: wait for one commit before the next.
 */
export interface CommitWriter {
  /** The last commit made, or the base. */
  readonly tip: Oid | undefined;
  /** How many commits stand on the base. */
  readonly count: number;
  /**
   * One commit on the tip.
   * @returns its id, or `undefined` when the edits change nothing and `allowEmpty` is not set.
   * @throws AppError invalid `git.bad-path`; conflict `git.path-in-the-way` when a file, symlink or submodule stands where
   *   a folder is needed. The tip stays where it was.
   */
  commit(edits: readonly TreeEdit[], meta: CommitMeta): Promise<Oid | undefined>;
  /** The files of the tip, before and after `flush`. */
  tree(): TreeReader;
  /** Writes everything made since the last flush into the mirror as one pack. */
  flush(): Promise<void>;
}

export interface MirrorOptions {
  /** Ours alone: no other process may use it, and it may be deleted at any time. Its parent folder is made. */
  readonly folder: string;
  /** `https://`, `http://` or `ssh://`; a local path or `file://` only with `allowFile`. */
  readonly url: string;
  readonly branch: string;
  readonly credentials: Credentials;
  /** For one call of native git; default 60. */
  readonly timeoutSeconds?: number;
  readonly allowFile?: boolean;
  /** The largest file that `TreeReader` reads; default 10 MiB. */
  readonly maxFileBytes?: number;
  /**
   * The process stops: git that still runs `seconds` later (default 2) is killed, a push 3 seconds after that, so that no
   * remote that hangs keeps the process alive. What was read is AppError unavailable `git.stopped`, a push `unknown`.
   */
  readonly stopping?: { readonly signal: AbortSignal; readonly seconds?: number };
  /** Signs a commit: gets its bytes, gives an armored signature that becomes the `gpgsig` header. */
  readonly sign?: (payload: Buffer) => Promise<string>;
}

/**
 * `landed`: the remote's branch is our tip. `rejected`: it was another than expected, nothing happened: fetch, plan again.
 * `unknown`: the answer was lost; read `commitsBetween(expected, await fetch())` before trying again.
 */
export type PushOutcome = 'landed' | 'rejected' | 'unknown';

/**
 * A bare partial clone of one branch. Without a working tree, and without anything that cannot be fetched again: a missing
 * or damaged folder is replaced by the next call. Failures of the remote are AppErrors of kind unavailable:
 * `git.unreachable`, `git.timeout`, `git.credentials-refused`, `git.repository-not-found`, `git.failed`.
 */
export interface Mirror {
  /** Asks the remote for its tip and gets what is new; `undefined` when the repository is empty or lacks the branch. */
  fetch(): Promise<Oid | undefined>;
  /** The tip as last seen or pushed; no I/O. */
  tip(): Oid | undefined;
  tree(commit: Oid): TreeReader;
  /**
   * The commits reachable from `to` and not from `from`, newest first; the whole history when `from` is undefined or no
   * longer an ancestor (a rewrite). Fetches older history when that is needed to answer.
   */
  commitsBetween(from: Oid | undefined, to: Oid): Promise<readonly CommitInfo[]>;
  /** Fetches older history when that is needed to answer. A commit that nobody has is an ancestor of nothing. */
  isAncestor(ancestor: Oid, of: Oid): Promise<boolean>;
  /** Newest first, from `from` or the tip; with `path` only commits that changed it. Complete only after enough `deepen`. */
  log(options: { readonly path?: string; readonly limit: number; readonly from?: Oid }): Promise<readonly CommitInfo[]>;
  writer(base: Oid | undefined): CommitWriter;
  /**
   * Moves the branch from `expected` (`undefined`: it must not exist) to `tip`, and only if it still is `expected`.
   * @throws AppError denied `git.push-refused` with the remote's words when a hook or a protected branch says no; the
   *   kinds named above when the remote certainly did not get the push.
   */
  push(expected: Oid | undefined, tip: Oid): Promise<PushOutcome>;
  /** One bounded step into older history. @returns whether all of it is here now. */
  deepen(commits?: number): Promise<boolean>;
  /** Joins the packs that fetches and pushes left behind, when there are enough of them. */
  maintain(): Promise<void>;
}

/** Makes the signatures of commits with one key. */
export interface CommitSigner {
  /** For `MirrorOptions.sign`. @throws AppError unavailable `git.signing-failed` */
  sign(payload: Buffer): Promise<string>;
  /** What verifies the signatures: the public key of ssh, or the fingerprint of OpenPGP. Not secret. */
  readonly publicKey: string;
  close(): Promise<void>;
}

export interface CommitSignerOptions {
  /** An OpenSSH private key without passphrase, or an armored OpenPGP one. */
  readonly privateKey: string;
  /** Ours alone, and replaced. Only gpg, which keeps its keys in files, makes use of it. */
  readonly folder: string;
}
