import type { CanIAnswer } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import type { Act, Judgement } from './judgement.ts';

/** A judgement as the API shows it, with what else is to be said. */
export function toAnswer(act: Act, judgement: Judgement, remarks: readonly string[]): CanIAnswer {
  const { verb, service, environment, owner } = act;
  const { allowed, rule, source } = judgement;
  const notices = [...(judgement.notices ?? []), ...remarks];
  return compact({
    allowed,
    verb,
    service,
    environment,
    owner,
    rule,
    source: source === undefined ? undefined : { ...source },
    explanation: judgement.allowed ? undefined : judgement.explanation,
    next: judgement.allowed ? undefined : judgement.next,
    notices: notices.length === 0 ? undefined : notices,
  });
}
