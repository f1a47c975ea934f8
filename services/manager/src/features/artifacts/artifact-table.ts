import type { ArtifactSpec } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { toArtifact, type ArtifactRow } from './artifact-row.ts';
import type { Artifact } from './artifact.ts';
import type { SourceProof } from './source-proof.ts';
import type { Verdict } from './verdict.ts';

/** What somebody announced, and where its bytes are expected. */
export interface Registration {
  readonly spec: ArtifactSpec;
  /** Bytes of the zip. */
  readonly size: number;
  /** SHA-256 of the zip, lower-case hex. */
  readonly sha256: string;
  readonly uploadKey: string;
  readonly uploadExpiresAt: Date;
  readonly actor: Actor;
  /** Whether the branch is certain. */
  readonly proven: boolean;
  readonly at: Date;
}

/** Writes `artifacts` and `branch_heads`. Every method belongs into a transaction that has locked the service before. */
export class ArtifactTable {
  readonly #tx: Db;

  constructor(tx: Db) {
    this.#tx = tx;
  }

  async lock(id: string): Promise<Artifact | undefined> {
    const row = await this.#tx<ArtifactRow>('artifacts').where({ id }).forUpdate().first();
    return row === undefined ? undefined : toArtifact(row);
  }

  /** Undefined when the id was taken a moment ago, which only an artifact of another service can do here. */
  async insert(registration: Registration): Promise<Artifact | undefined> {
    const { spec, actor, at } = registration;
    const [row] = await this.#tx<ArtifactRow>('artifacts')
      .insert({
        ...announced(registration),
        id: spec.id,
        service: spec.service,
        branch: spec.source.branch,
        sha: spec.source.sha,
        registered_by: jsonb(actor),
        registered_at: at,
      } as never)
      .onConflict('id')
      .ignore()
      .returning('*');
    return row === undefined ? undefined : toArtifact(row);
  }

  /** Begins anew: whatever was found before is forgotten (the ledger keeps that it was), and new bytes are expected. */
  async expectAgain(registration: Registration): Promise<Artifact | undefined> {
    return this.#update(registration.spec.id, {
      ...announced(registration),
      environments: '{}',
      problems: '[]',
      uploaded_at: null,
      verified_at: null,
    });
  }

  /** The same bytes are still expected, or being judged; their address is good for some time more. */
  async extendUpload(id: string, uploadExpiresAt: Date, at: Date): Promise<Artifact | undefined> {
    return this.#update(id, { upload_expires_at: uploadExpiresAt, updated_at: at });
  }

  async replaceSpec(id: string, spec: ArtifactSpec, at: Date): Promise<Artifact | undefined> {
    return this.#update(id, { spec: jsonb(spec), updated_at: at });
  }

  async markProven(id: string, at: Date): Promise<void> {
    await this.#update(id, { proven: true, updated_at: at });
  }

  async setSourceProof(id: string, proof: SourceProof, at: Date): Promise<void> {
    await this.#update(id, { source_proof: jsonb(proof), updated_at: at });
  }

  /** False when another registration or another call was faster. */
  async markUploaded(id: string, uploadKey: string, at: Date): Promise<boolean> {
    const count = await this.#tx('artifacts')
      .where({ id, upload_key: uploadKey, state: 'pending' })
      .update({ state: 'uploaded', uploaded_at: at, updated_at: at });
    return count === 1;
  }

  async markVerified(id: string, verdict: Omit<Verdict, 'files'>, at: Date): Promise<void> {
    await this.#update(id, {
      state: verdict.state,
      environments: jsonb(verdict.environments),
      problems: jsonb(verdict.problems),
      upload_key: null,
      upload_expires_at: null,
      verified_at: at,
      updated_at: at,
    });
  }

  async moveHead({ service, branch, id }: Artifact, at: Date): Promise<void> {
    await this.#tx('branch_heads')
      .insert({ service, branch, artifact_id: id, updated_at: at })
      .onConflict(['service', 'branch'])
      .merge();
  }

  async #update(id: string, columns: Record<string, unknown>): Promise<Artifact | undefined> {
    const [row] = await this.#tx<ArtifactRow>('artifacts')
      .where({ id })
      .update(columns as never)
      .returning('*');
    return row === undefined ? undefined : toArtifact(row);
  }
}

function announced({
  spec,
  size,
  sha256,
  uploadKey,
  uploadExpiresAt,
  proven,
  at,
}: Registration): Record<string, unknown> {
  return {
    state: 'pending',
    spec: jsonb(spec),
    zip_sha256: sha256,
    zip_size: size,
    upload_key: uploadKey,
    upload_expires_at: uploadExpiresAt,
    proven,
    updated_at: at,
  };
}
