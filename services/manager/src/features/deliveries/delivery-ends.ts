import { AppError } from '@release-manager/domain';

import type { DeliveryEnd } from './delivery.ts';

export const deliveryEnds: readonly DeliveryEnd[] = ['slack', 'github', 'webhook', 'grafana', 'pagerduty'];

/**
 * The end that a kind belongs to, which is the beginning of its name: whoever wants a delivery need not know who carries it out.
 * @throws AppError bug `delivery.kind`
 */
export function endOfKind(kind: string): DeliveryEnd {
  const [name, what] = kind.split('.');
  const end = deliveryEnds.find((each) => each === name);
  if (end !== undefined && what !== undefined && what !== '') return end;
  throw new AppError('bug', 'delivery.kind', `${kind} is no kind of delivery: it has to begin with an end and a dot.`, {
    next: `name it after one of ${deliveryEnds.join(', ')}, such as slack.release`,
  });
}
