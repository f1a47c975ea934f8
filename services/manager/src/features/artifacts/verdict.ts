import type { ManifestProblemView } from '@release-manager/contract';
import type { ArtifactFile } from '@release-manager/domain';

import type { EnvironmentContent } from './artifact.ts';

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
