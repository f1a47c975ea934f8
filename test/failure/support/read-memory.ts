import type { Database } from '@release-manager/postgres';

/** What the database remembers and has to remember again after it was lost, without what only it could know. */
export interface Memory {
  readonly services: readonly unknown[];
  /** In the order of their registration, service by service. */
  readonly artifacts: readonly unknown[];
  readonly heads: readonly unknown[];
  readonly automationHeads: readonly unknown[];
  readonly folders: readonly unknown[];
  /** Committed releases in their order. */
  readonly history: readonly unknown[];
}

export async function readMemory({ db }: Database): Promise<Memory> {
  const heads = await db('branch_heads').select('service', 'branch', 'artifact_id').orderBy(['service', 'branch']);
  const releases: Record<string, unknown>[] = await db('releases')
    .whereNotNull('commit_sha')
    .orderByRaw('coalesce(queue_seq, 0), seq')
    .select(
      'id',
      'service',
      'environment',
      'artifact_id',
      'intent',
      'automatic',
      'branch',
      'state',
      'actor',
      'author',
      'reason',
      'replaced_artifact_id',
      'commit_sha',
    )
    // Both have the precision of what they are rebuilt from: an id has milliseconds, a commit has seconds.
    .select(db.raw("date_trunc('milliseconds', requested_at) as requested_at"))
    .orderBy('seq');
  return {
    services: await db('services').select('name', 'namespaces', 'owner', 'repository', 'links').orderBy('name'),
    artifacts: await db('artifacts')
      .where({ state: 'ready' })
      .select('id', 'service', 'branch', 'sha', 'spec', 'zip_sha256', 'zip_size', 'environments', 'proven')
      .orderBy(['service', 'seq']),
    heads,
    automationHeads: await db('automation_heads')
      .select('service', 'environment', 'branch', 'artifact_id')
      .orderBy(['service', 'environment', 'branch']),
    folders: await db('owned_folders')
      .select('environment', 'namespace', 'service', 'tree_oid', 'release_id', 'artifact_id')
      .orderBy(['environment', 'service']),
    history: releases,
  };
}
