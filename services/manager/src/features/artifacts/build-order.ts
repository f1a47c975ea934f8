import type { BuildOrder } from '@release-manager/domain';

import type { Artifact } from './artifact.ts';

/** The facts of an artifact by which "newer" is decided. */
export function buildOrder({ sha, spec }: Pick<Artifact, 'sha' | 'spec'>): BuildOrder {
  return { sha, ci: spec.ci, committedAt: spec.source.committedAt };
}
