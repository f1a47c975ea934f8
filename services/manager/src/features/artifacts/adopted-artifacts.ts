import { isNewer } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ArtifactRecords } from './artifact-records.ts';
import { listedColumns, toArtifact, type ArtifactRow } from './artifact-row.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';
import { buildOrder } from './build-order.ts';
import { unaskedProof } from './source-proof.ts';
import type { Verdict } from './verdict.ts';

/** Not `artifact.ready`: nothing new came, and nobody is to act on it. */
const rebuiltKind = 'artifact.rebuilt';

/** Puts artifacts back whose rows were lost. Every method belongs into a transaction that has locked the service before. */
export class AdoptedArtifacts {
  readonly #tx: Db;

  constructor(tx: Db) {
    this.#tx = tx;
  }

  /**
   * Records a stored artifact with the verdict of now. One that is ready stays as it is; so does one that somebody began to
   * upload after the loss. A backup may hold it as it was before it was verified: then it becomes what it was.
   * @returns whether it was recorded
   */
  async record(
    artifact: Artifact,
    verdict: Verdict,
    { lostAt, asksSource, at }: { lostAt: Date; asksSource: boolean; at: Date },
  ): Promise<boolean> {
    const row = await this.#tx<ArtifactRow>('artifacts').where({ id: artifact.id }).forUpdate().first();
    if (row !== undefined && (row.state === 'ready' || row.registered_at >= lostAt || verdict.state !== 'ready'))
      return false;
    const columns = {
      state: verdict.state,
      spec: jsonb(artifact.spec),
      zip_sha256: artifact.zipSha256,
      zip_size: artifact.zipSize,
      environments: jsonb(verdict.environments),
      problems: jsonb(verdict.problems),
      upload_key: null,
      upload_expires_at: null,
      uploaded_at: artifact.registeredAt,
      verified_at: at,
      // Asked when somebody wants to release it: a rebuilt database has thousands of them.
      source_proof: asksSource ? jsonb(row?.source_proof ?? unaskedProof(at)) : null,
      updated_at: at,
    };
    if (row === undefined) await this.#insert(artifact, columns);
    else await this.#tx('artifacts').where({ id: artifact.id }).update(columns);
    await this.#append(artifact, verdict, { from: row?.state, at });
    if (verdict.state === 'ready') await this.#moveHead(artifact, at);
    return true;
  }

  /** Whether any artifact of the service was put back since then; the ledger knows it, whoever was killed in between. */
  async haveCome(service: string, since: Date): Promise<boolean> {
    const entry: unknown = await this.#tx('ledger')
      .where({ service, kind: rebuiltKind })
      .where('at', '>=', since)
      .first('id');
    return entry !== undefined;
  }

  /**
   * Gives the artifacts of a service their order again: they were found in the order of their names, and whoever lists them
   * wants the last build first. By the time of the commit, then by the run; the heads of branches follow from it.
   */
  async putInOrder(service: string, at: Date): Promise<void> {
    const rows = await this.#tx('artifacts')
      .select<ArtifactRow[]>([...listedColumns, this.#tx.raw("'{}'::jsonb as environments")])
      .where({ service })
      .orderBy('seq');
    const found = rows.map(toArtifact);
    const ordered = found.toSorted(byBuild);
    // Places are given out from where the order is broken; all before it may stay.
    const first = ordered.findIndex(({ id }, index) => id !== found[index]?.id);
    for (const { id } of first < 0 ? [] : ordered.slice(first))
      await this.#tx('artifacts')
        .where({ id })
        .update({ seq: this.#tx.raw('default') });
    for (const artifact of ordered) if (artifact.state === 'ready') await this.#moveHead(artifact, at);
  }

  async #insert(artifact: Artifact, columns: Record<string, unknown>): Promise<void> {
    await this.#tx('artifacts').insert({
      ...columns,
      id: artifact.id,
      service: artifact.service,
      branch: artifact.branch,
      sha: artifact.sha,
      proven: artifact.proven,
      registered_by: jsonb(artifact.registeredBy),
      registered_at: artifact.registeredAt,
    });
  }

  async #moveHead(artifact: Artifact, at: Date): Promise<void> {
    const head = await new ArtifactRecords(this.#tx).head(artifact.service, artifact.branch);
    if (head === undefined || isNewer(buildOrder(artifact), buildOrder(head)))
      await new ArtifactTable(this.#tx).moveHead(artifact, at);
  }

  async #append(
    artifact: Artifact,
    verdict: Verdict,
    { from, at }: { from: string | undefined; at: Date },
  ): Promise<void> {
    await appendLedger(this.#tx, {
      kind: rebuiltKind,
      actor: { kind: 'manager' },
      service: artifact.service,
      artifactId: artifact.id,
      from,
      to: verdict.state,
      cause: `${artifact.id} was found in the artifact store and verified again: ${verdict.state}`,
      details: { branch: artifact.branch, sha: artifact.sha, storedAt: artifact.registeredAt.toISOString() },
      at,
    });
  }
}

function byBuild(a: Artifact, b: Artifact): number {
  return (
    timeOf(a) - timeOf(b) ||
    (a.spec.ci?.runNumber ?? 0) - (b.spec.ci?.runNumber ?? 0) ||
    (a.spec.ci?.runAttempt ?? 0) - (b.spec.ci?.runAttempt ?? 0) ||
    a.seq - b.seq
  );
}

/** Milliseconds; an artifact that does not say when its commit was made has the time at which it was stored. */
function timeOf({ spec, registeredAt }: Artifact): number {
  const committed = Date.parse(spec.source.committedAt ?? '');
  return Number.isNaN(committed) ? registeredAt.getTime() : committed;
}
