import type { ArtifactSpec } from '@release-manager/contract';

import type { ServiceClaim } from '../services/index.ts';

/** What an artifact says of its service. */
export function claimOf({ service, namespaces, owner, paths, links, source }: ArtifactSpec): ServiceClaim {
  return { name: service, namespaces, owner, repository: source.repository, sourcePath: source.path, paths, links };
}
