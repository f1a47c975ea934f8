import type { DoctorCheck } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';

import type { ReadinessCheck } from '../../http/index.ts';
import { checkOtherManagers } from './other-manager.ts';
import { RecoveryStore } from './recovery-store.ts';
import { recoveryWords } from './recovery-view.ts';

const name = 'recovery';
const next = '`release-cli resume --all` lists what automation would do now, and lets it go on';
const waitNext = 'nothing yet: `GET /v1/recovery` shows how far it is; people can release meanwhile';

/** For doctor: what is missing, and whose turn it is. */
export async function checkRecovery(database: Database): Promise<DoctorCheck[]> {
  const store = new RecoveryStore(database.db);
  const recovery = await store.read();
  const skipped = await store.skipped(1);
  const memory: DoctorCheck =
    recovery.state === 'whole'
      ? { name, status: 'ok', message: recoveryWords(recovery) }
      : {
          name,
          status: 'warning',
          message: recoveryWords(recovery),
          next: recovery.state === 'held' ? next : waitNext,
        };
  const others = await checkOtherManagers(database);
  const [first] = skipped;
  if (first === undefined) return [memory, others];
  return [
    memory,
    others,
    {
      name: 'artifact store',
      status: 'warning',
      message: `${first.key} could not be taken in again: ${first.problem}`,
      next: 'push it again from CI, or remove it from the store; `GET /v1/recovery` lists all such objects',
    },
  ];
}

/** Requests are answered whatever is missing; readiness says that something is. */
export function recoveryReadiness(database: Database): ReadinessCheck {
  return {
    name,
    async check() {
      const recovery = await new RecoveryStore(database.db).read();
      const message = recoveryWords(recovery);
      return recovery.state === 'held' ? { ok: true, message, next } : { ok: true, message };
    },
  };
}
