export { changedJobs, type ChangedJob } from './changed-jobs.ts';
export type { ManifestScope } from './identity-rules.ts';
export { isKindAllowed, type GroupKind } from './kubernetes-kinds.ts';
export { checkManifests, type ManifestCheck } from './manifest-checker.ts';
export { countNodes } from './count-nodes.ts';
export { listObjects, type FolderObjects, type NamedObject } from './folder-objects.ts';
export { listWorkloads, type DeclaredWorkload } from './declared-workloads.ts';
export { diffManifests, renderDiff, type DiffOptions, type ObjectDiff } from './manifest-diff.ts';
export { manifestLimits } from './manifest-limits.ts';
export { objectKey, objectName, type ManifestObject, type ObjectHead } from './manifest-object.ts';
export {
  exceededLimit,
  isManifestPath,
  parseManifests,
  type ParsedFile,
  type ParsedManifests,
  type ParsedObject,
} from './manifest-parser.ts';
export type { ManifestProblem } from './manifest-problem.ts';
export { stampKeys } from './stamp-keys.ts';
export { stampManifests, type Stamp } from './stamp.ts';
