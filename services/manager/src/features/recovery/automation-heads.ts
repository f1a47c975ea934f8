import { isNewer } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { ordersOf } from '../releases/index.ts';

interface Target {
  readonly service: string;
  readonly environment: string;
  readonly branch: string;
}

/** What automation released last to each target, as far as it was committed and its artifact is known. */
async function lastAutomatic(tx: Db): Promise<readonly (Target & { readonly artifact_id: string })[]> {
  return tx('releases as r')
    .join('artifacts as a', 'a.id', 'r.artifact_id')
    .distinctOn('r.service', 'r.environment', 'a.branch')
    .where({ 'r.automatic': true })
    .whereNotNull('r.commit_sha')
    .whereRaw('a.service = r.service')
    .orderBy(['r.service', 'r.environment', 'a.branch', { column: 'r.seq', order: 'desc' }])
    .select<(Target & { artifact_id: string })[]>('r.service', 'r.environment', 'a.branch', 'a.id as artifact_id');
}

/**
 * Makes automation remember again what it released last: an older build that becomes ready late must not undo a newer one. A head
 * that is newer than what was committed stays.
 */
export async function moveAutomationHeads(tx: Db, at: Date): Promise<void> {
  const last = await lastAutomatic(tx);
  const rows = await tx<Target & { artifact_id: string }>('automation_heads');
  const heads = new Map(rows.map((row) => [keyOf(row), row.artifact_id]));
  const moved = last.filter((row) => heads.get(keyOf(row)) !== row.artifact_id);
  const orders = await ordersOf(tx, [
    ...moved.map((row) => row.artifact_id),
    ...moved.flatMap((row) => heads.get(keyOf(row)) ?? []),
  ]);
  for (const row of moved) {
    const head = orders.get(heads.get(keyOf(row)) ?? '');
    const candidate = orders.get(row.artifact_id);
    if (candidate === undefined || (head !== undefined && !isNewer(candidate, head))) continue;
    await tx('automation_heads')
      .insert({ ...row, updated_at: at })
      .onConflict(['service', 'environment', 'branch'])
      .merge();
  }
}

function keyOf({ service, environment, branch }: Target): string {
  return `${environment}/${service}/${branch}`;
}
