import type { ArtifactView, EnvironmentVerdict } from '@release-manager/contract';

import { toActorView } from '../ledger/index.ts';
import type { Artifact, EnvironmentContent } from './artifact.ts';

/** An artifact as the API shows it: without the list of its objects, which is ours and long. */
export function toArtifactView(artifact: Artifact): ArtifactView {
  const { id, service, branch, sha, state, spec, verifiedAt } = artifact;
  return {
    id,
    service,
    branch,
    sha,
    state,
    spec,
    proven: artifact.proven,
    ...(artifact.sourceProof === undefined ? {} : { source: artifact.sourceProof }),
    problems: [...artifact.problems],
    environments: Object.fromEntries(
      Object.entries(artifact.environments).map(([name, content]) => [name, toVerdict(content)]),
    ),
    registeredBy: toActorView(artifact.registeredBy),
    registeredAt: artifact.registeredAt.toISOString(),
    ...(verifiedAt === undefined ? {} : { verifiedAt: verifiedAt.toISOString() }),
  };
}

function toVerdict({ state, files, problems, warnings }: EnvironmentContent): EnvironmentVerdict {
  return { state, files, problems: [...problems], warnings: [...warnings] };
}
