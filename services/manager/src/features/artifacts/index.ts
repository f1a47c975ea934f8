export { adoptStored, type AdoptDeps, type StoredArtifact } from './adopt-stored.ts';
export { AdoptedArtifacts } from './adopted-artifacts.ts';
export { addChecksTo } from './add-checks.ts';
export { artifactReadyJob, proveSourceJob, verifyArtifactJob } from './artifact-jobs.ts';
export { createArtifactLoader, type ArtifactLoader } from './artifact-loader.ts';
export { askSource } from './ask-source.ts';
export { artifactNotFound } from './artifact-not-found.ts';
export { ArtifactRecords, type ArtifactHeadline } from './artifact-records.ts';
export { createArtifactRoutes } from './artifact-routes.ts';
export { createArtifactService, type ArtifactService } from './artifact-service.ts';
export {
  artifactKey,
  type Artifact,
  type ArtifactFiles,
  type DeclaredObject,
  type EnvironmentContent,
} from './artifact.ts';
export type { BuildTakeover, TakeoverInput } from './build-takeover.ts';
export { mergeChecks } from './merge-checks.ts';
export { createProveSource } from './prove-source.ts';
export { readSpec } from './read-spec.ts';
export { askForgotten, forgetUnproven, markUnasked } from './source-marks.ts';
export type { SourceProof } from './source-proof.ts';
export { sweepUploads } from './sweep-uploads.ts';
export { buildOrder } from './build-order.ts';
export { takeIn, type TakeInDeps } from './take-in.ts';
export { createVerifyArtifact } from './verify-artifact-job.ts';
