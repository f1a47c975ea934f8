import type { ArtifactSpec, ManifestProblemView } from '@release-manager/contract';
import type { Actor, ArtifactFile } from '@release-manager/domain';
import type { ManifestObject } from '@release-manager/manifests';

import type { SourceProof } from './source-proof.ts';

export type ArtifactState = 'pending' | 'uploaded' | 'ready' | 'rejected';

/** An object that the manifests of one environment declare: what ownership and `allowKinds` are judged by. */
export type DeclaredObject = Pick<ManifestObject, 'apiGroup' | 'kind' | 'namespace' | 'name' | 'file'>;

/** What verification found in one environment folder. */
export interface EnvironmentContent {
  readonly state: 'ready' | 'rejected';
  readonly files: number;
  /** The namespace that the manifests were judged for; absent where nothing was judged. */
  readonly namespace?: string;
  readonly problems: readonly ManifestProblemView[];
  readonly warnings: readonly ManifestProblemView[];
  readonly objects: readonly DeclaredObject[];
  /** When it became ready, where that was later than the artifact itself: ISO 8601. */
  readonly readySince?: string;
}

/** The immutable output of one CI run of one service. */
export interface Artifact {
  readonly id: string;
  /** The order in which artifacts were registered. */
  readonly seq: number;
  readonly service: string;
  /** Exact branch. */
  readonly branch: string;
  readonly sha: string;
  readonly state: ArtifactState;
  readonly spec: ArtifactSpec;
  /** SHA-256 of the zip, lower-case hex. */
  readonly zipSha256: string;
  readonly zipSize: number;
  /** Where the upload lies until it is verified. */
  readonly uploadKey?: string;
  readonly uploadExpiresAt?: Date;
  readonly environments: Readonly<Record<string, EnvironmentContent>>;
  /** What is wrong with the artifact as a whole. */
  readonly problems: readonly ManifestProblemView[];
  /** Whether the branch is certain; one that is not matches no auto-release and no branch-restriction. */
  readonly proven: boolean;
  /** Whether its commit is on its branch; absent where nobody is asked. */
  readonly sourceProof?: SourceProof;
  readonly registeredBy: Actor;
  readonly registeredAt: Date;
  readonly verifiedAt?: Date;
}

/** The rendered files of an artifact by environment; paths are below the environment's folder. */
export type ArtifactFiles = ReadonlyMap<string, readonly ArtifactFile[]>;

/** Where only the manager writes, and what releases are made from. */
export function artifactKey(artifact: Pick<Artifact, 'service' | 'id'>): string {
  return `artifacts/${artifact.service}/${artifact.id}.zip`;
}
