import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, type Artifact } from '../artifacts/index.ts';

/** The artifact that automation queued last for (service, environment, branch). */
export async function automationHead(tx: Db, artifact: Artifact, environment: string): Promise<Artifact | undefined> {
  const key = { service: artifact.service, environment, branch: artifact.branch };
  const row = await tx<{ artifact_id: string }>('automation_heads').where(key).first('artifact_id');
  return row === undefined ? undefined : new ArtifactRecords(tx).find(row.artifact_id);
}

export async function moveHead(tx: Db, artifact: Artifact, environment: string, at: Date): Promise<void> {
  await tx('automation_heads')
    .insert({
      service: artifact.service,
      environment,
      branch: artifact.branch,
      artifact_id: artifact.id,
      updated_at: at,
    })
    .onConflict(['service', 'environment', 'branch'])
    .merge();
}
