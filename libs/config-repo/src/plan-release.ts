import type { ArtifactSpec } from '@release-manager/contract';
import type { ArtifactFile, ReleaseIntent } from '@release-manager/domain';

import type { Plan } from './edit.ts';
import type { Environment } from './environment.ts';
import { layout } from './layout.ts';

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
  readonly release: {
    readonly id: string;
    readonly intent: ReleaseIntent;
    readonly actorName: string;
    readonly reason?: string;
    readonly at: Date;
  };
  readonly existing: ExistingFiles;
}

/** What a release changes in the config repo. Pure: the same input gives the same bytes. */
export function planRelease(input: PlanReleaseInput): Plan {
  const path = layout.release(input.environment.name, input.namespace, input.service);
  return { edits: [{ kind: 'replace-folder', path, files: input.files }], problems: [] };
}
