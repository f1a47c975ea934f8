export { noCredentials, type Credentials } from './credentials.ts';
export { hashObject, isOid, parseOid, type Oid } from './oid.ts';
export type {
  CommitInfo,
  CommitMeta,
  CommitWriter,
  FolderFile,
  Mirror,
  MirrorOptions,
  PushOutcome,
  Signature,
  TreeEdit,
  TreeEntry,
  TreeFile,
  TreeReader,
} from './types.ts';
