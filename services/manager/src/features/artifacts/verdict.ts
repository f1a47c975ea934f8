import type { ManifestProblemView } from '@release-manager/contract';
import { AppError, type ArtifactFile } from '@release-manager/domain';

import { objectKey, type FolderStore } from '../config-repo/index.ts';
import type { EnvironmentContent } from './artifact.ts';
import type { OwnerOf } from './verify-environment.ts';

/** What verification says of an artifact. */
export interface Verdict {
  /** `rejected` when the whole artifact is no good, or no environment of it is. */
  readonly state: 'ready' | 'rejected';
  /** What is wrong with the artifact as a whole. */
  readonly problems: readonly ManifestProblemView[];
  readonly environments: Readonly<Record<string, EnvironmentContent>>;
  /** What was read, for those who release it moments later. */
  readonly files: readonly ArtifactFile[];
}

export function rejected(problem: ManifestProblemView): Verdict {
  return { state: 'rejected', problems: [problem], environments: {}, files: [] };
}

/** Who has committed objects, asked once for all that an environment declares. */
export function ownersIn(folders: FolderStore): OwnerOf {
  return async (environment, objects) => {
    const owners = await folders.ownersOf(objects.map((object) => ({ ...object, environment })));
    return (object) => owners.get(objectKey(environment, object));
  };
}

export function serviceChanged(service: string): AppError {
  return new AppError(
    'unavailable',
    'artifact.service-changed',
    `The namespaces of ${service} changed while an artifact of it was verified.`,
    { next: 'nothing: it is verified again at once' },
  );
}
