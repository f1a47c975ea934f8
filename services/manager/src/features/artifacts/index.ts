export { artifactReadyJob, verifyArtifactJob } from './artifact-jobs.ts';
export { createArtifactLoader, type ArtifactLoader } from './artifact-loader.ts';
export { ArtifactRecords } from './artifact-records.ts';
export { createArtifactRoutes } from './artifact-routes.ts';
export { createArtifactService, type ArtifactService } from './artifact-service.ts';
export { type Artifact, type ArtifactFiles, type DeclaredObject, type EnvironmentContent } from './artifact.ts';
export { sweepUploads } from './sweep-uploads.ts';
export { buildOrder } from './build-order.ts';
export { createVerifyArtifact } from './verify-artifact-job.ts';
