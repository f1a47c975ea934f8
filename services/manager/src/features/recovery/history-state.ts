import type { Db } from '@release-manager/postgres';

import { RecoveryStore } from './recovery-store.ts';

/** False while history is read again after a loss: what was released last may not be known yet. */
export async function historyIsComplete(db: Db): Promise<boolean> {
  const { state, historyDone } = await new RecoveryStore(db).read();
  return state !== 'rebuilding' || historyDone;
}
