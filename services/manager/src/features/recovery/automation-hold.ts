import type { RuleOpinion } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { RecoveryStore } from './recovery-store.ts';

/** The rule by which automatic releases wait after a loss; what waits is found by it when automation is resumed. */
export const recoveryRule = 'recovery';

/**
 * After a loss nobody but an administrator can say whether what automation would do now was done, undone or forbidden in the
 * time that is forgotten. The row is held, so that nothing is recorded as waiting after automation was resumed.
 */
export async function automationHold(db: Db): Promise<RuleOpinion | undefined> {
  const { state } = await new RecoveryStore(db).readShared();
  if (state === 'whole') return undefined;
  return {
    rule: recoveryRule,
    verdict: 'waits',
    explanation:
      state === 'rebuilding'
        ? 'the database lost its memory and is being rebuilt; automation is held until an administrator resumes it'
        : 'the database was rebuilt; automation is held until an administrator resumes it',
    next: 'an administrator runs `release-cli resume --all`, which lists first what would go out; a person can release it by hand',
  };
}
