import type { SourceFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, cut, fieldsAt, isTrueAt, textAt, type Fields } from '../objects/index.ts';
import { conditionsOf, objectRef } from './common.ts';

/** The key under which Flux and OCI keep the commit that something was made from. */
const originKey = 'org.opencontainers.image.revision';

/** A GitRepository, an ArtifactGenerator (which has no artifact of its own) or an ExternalArtifact. */
export function sourceFacts(source: Fields): SourceFacts {
  const generation = countAt(source, 'metadata', 'generation') ?? 0;
  const revision = textAt(source, 'status', 'artifact', 'revision');
  const origin = textAt(fieldsAt(source, 'status', 'artifact', 'metadata'), originKey);
  return compact({
    type: 'source' as const,
    object: objectRef(source),
    generation,
    // Those of an ExternalArtifact are set by who made it, who counts none.
    observedGeneration:
      countAt(source, 'status', 'observedGeneration') ??
      (textAt(source, 'kind') === 'ExternalArtifact' ? generation : 0),
    suspended: isTrueAt(source, 'spec', 'suspend'),
    revision: revision === undefined ? undefined : cut(revision, 500),
    originRevision: origin === undefined ? undefined : cut(origin, 500),
    conditions: conditionsOf(source),
  });
}
