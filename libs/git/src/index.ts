export { createBareRepository } from './bare-repository.ts';
export { createGitHttpHandler, type GitHttpHandler, type GitHttpHandlerOptions } from './git-http-handler.ts';
export type { GitHttpRequest } from './git-http-request.ts';
export { noCredentials, type Credentials } from './credentials.ts';
export { openCommitSigner } from './commit-signer.ts';
export { isOid, parseOid, type Oid } from './oid.ts';
export type {
  CommitInfo,
  CommitMeta,
  CommitSigner,
  CommitSignerOptions,
  CommitWriter,
  FolderFile,
  Mirror,
  MirrorOptions,
  PushOutcome,
  ReadOptions,
  Signature,
  TreeEdit,
  TreeEntry,
  TreeFile,
  TreeReader,
} from './types.ts';
export { createMirror } from './mirror.ts';
export { isTreePath } from './tree-path.ts';
export { openSshIdentity, type SshIdentity, type SshIdentityOptions } from './ssh-identity.ts';
