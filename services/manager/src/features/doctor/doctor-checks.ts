import type { DoctorCheck } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';

import type { ConfigRepo } from '../config-repo/index.ts';
import { checkConfigRepo } from './config-repo-checks.ts';
import { checkDatabase, checkSchema } from './database-checks.ts';
import { checkDisk } from './disk-check.ts';
import { failedCheck, runCheck } from './doctor-check.ts';
import { checkPolicies } from './policy-checks.ts';
import { checkFailedJobs, checkPushAttempts, checkQueue, checkTokens } from './work-checks.ts';

export interface DoctorDeps {
  readonly database: Database;
  readonly databaseDescription: string;
  readonly store: ArtifactStore;
  readonly repo: ConfigRepo;
  readonly repoDescription: string;
  readonly dataDir: string;
  readonly now: () => Date;
  /** What other rooms have to say. */
  readonly more: () => Promise<readonly DoctorCheck[]>;
}

/** Everything that the manager stands on, looked at now. */
export async function runChecks(deps: DoctorDeps): Promise<DoctorCheck[]> {
  const { database, store, repo, now } = deps;
  const groups = await Promise.all([
    runCheck('database', () => checkDatabase(database, deps.databaseDescription, now())),
    runCheck('database schema', () => checkSchema(database)),
    runCheck('artifact store', async () => {
      await store.check();
      return { status: 'ok', message: store.description };
    }),
    runCheck('disk', () => checkDisk(deps.dataDir)),
    checkConfigRepo(repo, deps.repoDescription),
    runCheck('queue', () => checkQueue(database)),
    runCheck('failed jobs', () => checkFailedJobs(database)),
    runCheck('pushes', () => checkPushAttempts(database, now())),
    runCheck('tokens', () => checkTokens(database, now())),
    deps.more().catch((error: unknown) => [failedCheck('other checks', error)]),
  ]);
  return [...groups.flat(), ...(await policyChecks(deps))];
}

/** After the config repo was read: what its files say now. */
async function policyChecks({ database, repo, now }: DoctorDeps): Promise<DoctorCheck[]> {
  const snapshot = repo.snapshot();
  if (!snapshot.initialised) return [];
  try {
    return await checkPolicies(database, snapshot, now());
  } catch (error) {
    return [failedCheck('policies', error)];
  }
}
