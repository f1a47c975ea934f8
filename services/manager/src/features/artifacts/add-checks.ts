import { isDeepStrictEqual } from 'node:util';

import type { Check } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ServiceStore } from '../services/index.ts';
import { ArtifactTable } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';
import { mergeChecks } from './merge-checks.ts';

export interface SaidChecks {
  readonly checks: readonly Check[];
  readonly actor: Actor;
  readonly at: Date;
}

/**
 * Adds what was said of a locked artifact after it was registered; nothing when all of it is known.
 * @throws AppError invalid `artifact.too-many-checks`
 */
export async function addChecks(tx: Db, known: Artifact, { checks, actor, at }: SaidChecks): Promise<Artifact> {
  const merged = mergeChecks(known.spec.checks ?? [], checks);
  if (isDeepStrictEqual(merged, known.spec.checks ?? [])) return known;
  const artifact = await new ArtifactTable(tx).replaceSpec(known.id, { ...known.spec, checks: [...merged] }, at);
  await appendLedger(tx, {
    kind: 'artifact.checks-changed',
    actor,
    service: known.service,
    artifactId: known.id,
    cause: `its build brought checks of ${known.id}`,
    details: { checks: checks.map(({ kind, name, status }) => ({ kind, name, status })) },
    at,
  });
  return artifact ?? known;
}

/**
 * The same for an artifact that is not locked yet; nothing when there is none.
 * @throws AppError invalid `artifact.too-many-checks`
 */
export async function addChecksTo(
  tx: Db,
  { service, id }: Pick<Artifact, 'service' | 'id'>,
  said: SaidChecks,
): Promise<void> {
  // Service before artifact, as everywhere.
  await new ServiceStore(tx).lock(service);
  const known = await new ArtifactTable(tx).lock(id);
  if (known !== undefined) await addChecks(tx, known, said);
}
