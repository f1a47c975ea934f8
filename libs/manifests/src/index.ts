export { changedJobs, changedJobsError, type ChangedJob } from './changed-jobs.ts';
export type { ManifestScope } from './identity-rules.ts';
export { checkManifests, type ManifestCheck } from './manifest-checker.ts';
export { diffLimits, diffManifests, renderDiff, type DiffOptions, type ObjectDiff } from './manifest-diff.ts';
export { manifestLimits } from './manifest-limits.ts';
export { objectKey, objectName, type ManifestObject, type ObjectHead } from './manifest-object.ts';
export {
  isManifestPath,
  parseManifests,
  type ParsedFile,
  type ParsedManifests,
  type ParsedObject,
} from './manifest-parser.ts';
export type { ManifestProblem } from './manifest-problem.ts';
export { isReservedKey, stampKeys } from './stamp-keys.ts';
export { stampManifests, type Stamp } from './stamp.ts';
