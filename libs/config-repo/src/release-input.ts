import type { ArtifactSpec } from '@release-manager/contract';
import type { ArtifactFile } from '@release-manager/domain';

import type { Environment } from './environment.ts';
import type { ReleaseFacts } from './release-json.ts';

/** What lies in the config repo at the tip that the plan builds on. */
export interface ExistingFiles {
  /** `layout.kustomization` */
  readonly kustomization?: Uint8Array;
  /** `layout.namespaceFile` */
  readonly namespaceFile?: Uint8Array;
  /** `layout.artifacts` */
  readonly artifactsFile?: Uint8Array;
  /** The files of the release folder, with paths below it; empty when there is none. */
  readonly folder: readonly ArtifactFile[];
}

export interface PlanReleaseInput {
  readonly environment: Environment;
  readonly service: string;
  readonly namespace: string;
  /** The team that the stamp names. */
  readonly owner?: string;
  readonly spec: ArtifactSpec;
  /** The rendered files of this environment, with paths below its folder. */
  readonly files: readonly ArtifactFile[];
  readonly release: ReleaseFacts;
  readonly existing: ExistingFiles;
}
