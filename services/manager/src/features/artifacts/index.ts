export {
  artifactKey,
  type Artifact,
  type ArtifactFiles,
  type DeclaredObject,
  type EnvironmentContent,
} from './artifact.ts';
export { byEnvironment, createArtifactLoader, type ArtifactLoader } from './artifact-loader.ts';
export { ArtifactRecords } from './artifact-records.ts';
