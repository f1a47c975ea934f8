export { commitMessage, type CommitMessageInput } from './commit-message.ts';
export { convertLunarPolicies } from './convert-lunar.ts';
export type { Edit, FolderFile, Plan, PlanProblem } from './edit.ts';
export { defaultEnvironment, Environment } from './environment.ts';
export type { ConfigRepoSource } from './flux/cluster.ts';
export {
  describeInit,
  initialFiles,
  missingFiles,
  type Additions,
  type DescribeInitInput,
  type InitInput,
} from './init.ts';
export type { InitEnvironment } from './init-text.ts';
export { layout, parseReleaseFolder, type ReleaseFolder } from './layout.ts';
export type { LocatedNotification, NotificationEvent } from './notifications.ts';
export { routeOf, type Route, type RoutedSubject, type RoutingWorld } from './notification-route.ts';
export { oneLine } from './one-line.ts';
export { pairClash, type PairClash } from './pair-clash.ts';
export { parseConfig } from './parse-config.ts';
export { findPerson, type FoundPerson, type PersonKey } from './people-lookup.ts';
export { reservedPersonIds } from './people.ts';
export type { LocatedPerson, LocatedRight, People, RightsPart, TeamEntry } from './people.ts';
export { planRelease } from './plan-release.ts';
export type { ExistingFiles, PlanReleaseInput } from './release-input.ts';
export { planUndeploy, type PlanUndeployInput } from './plan-undeploy.ts';
export { applyPolicy, deletePolicy, type PolicyEdit } from './policy-edit.ts';
export type { FileProblem, ProblemScope } from './problem.ts';
export { parseReleaseJson, type ReleaseFacts, type ReleaseJson } from './release-json.ts';
export { blockingProblems, findEnvironment, policiesFor, type ConfigSnapshot, type LocatedPolicy } from './snapshot.ts';
export {
  parseStateFile,
  saysTheSame,
  stateActor,
  stateFile,
  stateMessage,
  stateOf,
  type StateFile,
} from './state-file.ts';
export { readReleaseYaml, type ReadReleaseYaml } from './release-yaml.ts';
export { parseTrailers, type ReleaseTrailers } from './trailers.ts';
export { largestFile, type ConfigFile } from './yaml-file.ts';
