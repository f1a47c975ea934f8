import type { ConfigSnapshot, FileProblem } from '@release-manager/config-repo';
import type { Db } from '@release-manager/postgres';

import type { Artifact } from '../artifacts/index.ts';
import { appendLedger } from '../ledger/index.ts';

const kind = 'automation.blocked';

/** Says once in the record that an artifact goes nowhere by itself, because the rules of its service cannot be read. */
export async function recordBlocked(tx: Db, artifact: Artifact, problem: FileProblem, at: Date): Promise<void> {
  await tx.raw('select pg_advisory_xact_lock(hashtextextended(?, 3))', [artifact.id]);
  const said: unknown = await tx<{ id: number; kind: string; service: string; artifact_id: string }>('ledger')
    .where({ kind, service: artifact.service, artifact_id: artifact.id })
    .first('id');
  if (said !== undefined) return;
  await appendLedger(tx, {
    kind,
    actor: { kind: 'manager' },
    service: artifact.service,
    artifactId: artifact.id,
    cause: `${artifact.id} is released nowhere by itself: ${problem.file}:${problem.line} is broken: ${problem.message}`,
    details: { file: problem.file, line: problem.line },
    at,
  });
}

/**
 * Artifacts that were blocked, still are the head of their branch and were not automated since, of services whose rules can be
 * read now: what somebody who mended the file expects to go out.
 */
export async function unblockedArtifacts(db: Db, snapshot: ConfigSnapshot): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { service: string; artifact_id: string }[] }>(
    `select distinct l.service, l.artifact_id from ledger l
     join branch_heads h on h.artifact_id = l.artifact_id
     where l.kind = ? and not exists (
       select 1 from releases r where r.artifact_id = l.artifact_id and r.automatic and r.requested_at > l.at)`,
    [kind],
  );
  return rows.filter(({ service }) => !snapshot.brokenServices.has(service)).map((row) => row.artifact_id);
}
