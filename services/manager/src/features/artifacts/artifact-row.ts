import type { ArtifactSpec, ManifestProblemView } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';

import type { Artifact, ArtifactState, EnvironmentContent } from './artifact.ts';
import type { SourceProof } from './source-proof.ts';

/** A row of `artifacts`, as Postgres gives it. */
export interface ArtifactRow {
  id: string;
  seq: number;
  service: string;
  branch: string;
  sha: string;
  state: string;
  spec: ArtifactSpec;
  zip_sha256: string;
  zip_size: number;
  upload_key: string | null;
  upload_expires_at: Date | null;
  environments: Record<string, EnvironmentContent>;
  problems: ManifestProblemView[];
  proven: boolean;
  source_proof: SourceProof | null;
  registered_by: Actor;
  registered_at: Date;
  uploaded_at: Date | null;
  verified_at: Date | null;
  updated_at: Date;
}

/** Every column but `environments`, the one that can be long. */
export const listedColumns = [
  'id',
  'seq',
  'service',
  'branch',
  'sha',
  'state',
  'spec',
  'zip_sha256',
  'zip_size',
  'upload_key',
  'upload_expires_at',
  'problems',
  'proven',
  'source_proof',
  'registered_by',
  'registered_at',
  'uploaded_at',
  'verified_at',
  'updated_at',
] as const satisfies readonly (keyof ArtifactRow)[];

export function toArtifact(row: ArtifactRow): Artifact {
  return {
    id: row.id,
    seq: row.seq,
    service: row.service,
    branch: row.branch,
    sha: row.sha,
    state: row.state as ArtifactState,
    spec: row.spec,
    zipSha256: row.zip_sha256,
    zipSize: row.zip_size,
    environments: row.environments,
    problems: row.problems,
    proven: row.proven,
    registeredBy: row.registered_by,
    registeredAt: row.registered_at,
    ...(row.source_proof === null ? {} : { sourceProof: row.source_proof }),
    ...(row.upload_key === null ? {} : { uploadKey: row.upload_key }),
    ...(row.upload_expires_at === null ? {} : { uploadExpiresAt: row.upload_expires_at }),
    ...(row.verified_at === null ? {} : { verifiedAt: row.verified_at }),
  };
}
