import type { KustomizationFacts, SourceFacts } from '@release-manager/contract';

/**
 * The commit in a revision as Flux writes it: `main@sha1:<40 hex>`, `refs/heads/main@sha1:…`, the legacy `main/<sha>`. Digests of
 * artifacts (`latest@sha256:…`) name no commit.
 */
export function commitOf(revision: string | undefined): string | undefined {
  return /(?:^|[@/])(?:sha1:)?([0-9a-f]{40})$/.exec(revision ?? '')?.[1];
}

/** The revision that was applied last; in the sliced layout the commit that its slice was cut from. */
export function appliedRevision(kustomization: KustomizationFacts): string | undefined {
  return kustomization.lastAppliedOriginRevision ?? kustomization.lastAppliedRevision;
}

/**
 * The revision that was tried last. In the sliced layout `lastAttemptedRevision` is a digest, and the commit is found through
 * the history of the Kustomization or the artifact of that digest.
 */
export function attemptedRevision(
  kustomization: KustomizationFacts,
  sources: readonly SourceFacts[],
): string | undefined {
  const { lastAttemptedRevision: attempted, lastAttemptedOriginRevision: origin } = kustomization;
  if (commitOf(attempted) !== undefined) return attempted;
  const slice = sources.find(({ revision, originRevision }) => revision === attempted && originRevision !== undefined);
  return slice?.originRevision ?? origin;
}
