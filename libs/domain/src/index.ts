export { actorName, type Actor, type GitIdentity, type Person } from './actor.ts';
export { artifactId, branchSlug, isArtifactId, type ArtifactFile, type ArtifactIdentity } from './artifact-id.ts';
export { compact, type Compact } from './compact.ts';
export { systemClock, type Clock } from './clock.ts';
export { decide, summarize, type Decision, type RuleOpinion, type RuleVerdict } from './decision.ts';
export { AppError, isPermanent, messageOf, type AppErrorOptions, type ErrorKind } from './errors.ts';
export { newId } from './ids.ts';
export { assertEnvironmentName, assertNamespace, assertServiceName, isDnsLabel, kustomizationName } from './names.ts';
export { isNewer, type Ancestry, type BuildOrder } from './newer.ts';
export {
  canBecome,
  isBeforeCommit,
  releaseIntents,
  releaseStates,
  type ReleaseIntent,
  type ReleaseState,
} from './release.ts';
