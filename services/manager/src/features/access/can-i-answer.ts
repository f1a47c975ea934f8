import type { CanIAnswer } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import type { Act, Judgement } from './judgement.ts';

/** A judgement as the API shows it. */
export function toAnswer({ verb, service, environment, owner }: Act, judgement: Judgement): CanIAnswer {
  const { allowed, rule, source, notices } = judgement;
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
    notices: notices === undefined ? undefined : [...notices],
  });
}
