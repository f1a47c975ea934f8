export { commitMessage, type CommitMessageInput } from './commit-message.ts';
export { convertLunarPolicies } from './convert-lunar.ts';
export type { Edit, FolderFile, Plan, PlanProblem } from './edit.ts';
export { defaultEnvironment, Environment, FluxSettings } from './environment.ts';
export { artifactGenerator, externalArtifactName } from './flux/artifact-generator.ts';
export { gitRepository, rootKustomization, rootName, type ConfigRepoSource } from './flux/cluster.ts';
export type { FluxObject } from './flux/flux-object.ts';
export { kustomization, type ServiceTarget } from './flux/kustomization.ts';
export { namespaceObject } from './flux/namespace.ts';
export {
  describeInit,
  initialFiles,
  missingFiles,
  type Additions,
  type DescribeInitInput,
  type InitInput,
} from './init.ts';
export type { InitEnvironment } from './init-text.ts';
export { isConfigFile, layout, parseReleaseFolder, type ReleaseFolder } from './layout.ts';
export { oneLine } from './one-line.ts';
export { pairClash, tooLongPairs, type PairClash } from './pair-clash.ts';
export { parseConfig } from './parse-config.ts';
export { verbs, type People, type PersonEntry, type RightEntry, type TeamEntry } from './people.ts';
export { planRelease } from './plan-release.ts';
export type { ExistingFiles, PlanReleaseInput } from './release-input.ts';
export { planUndeploy, type PlanUndeployInput } from './plan-undeploy.ts';
export { applyPolicy, deletePolicy, type PolicyEdit } from './policy-edit.ts';
export type { FileProblem, ProblemScope } from './problem.ts';
export { parseReleaseJson, type ReleaseFacts, type ReleaseJson } from './release-json.ts';
export { blockingProblems, findEnvironment, policiesFor, type ConfigSnapshot, type LocatedPolicy } from './snapshot.ts';
export { parseTrailers, type ReleaseTrailers } from './trailers.ts';
