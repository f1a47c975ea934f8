import type { Db } from '@release-manager/postgres';

import type { Release } from '../releases/index.ts';
import { groupOf } from './group-key.ts';

/** The message that a release belongs into. What was built is known before anything of it is released, so it stays the same. */
export async function groupOfRelease(db: Db, release: Release): Promise<string> {
  const { automatic, artifactId, service } = release;
  if (!automatic || artifactId === undefined) return groupOf(release, undefined);
  const build = await db<{ id: string; service: string; artifact_id: string | null; seq: number }>('builds')
    .where({ service, artifact_id: artifactId })
    .orderBy('seq', 'desc')
    .first('id');
  return groupOf(release, build?.id);
}
