import { z } from 'zod';

import { EnvironmentName, Nothing, page, Paging, ReleaseId, ServiceName, Timestamp } from './common.ts';
import { people, readers, type Operation } from './operation.ts';

export const DeliveryEndName = z.enum(['slack', 'github', 'webhook', 'grafana', 'pagerduty']);
export const DeliveryStateName = z
  .enum(['pending', 'delivered', 'failed', 'gone'])
  .describe(
    'pending: it goes, or goes again, by itself; failed: it was refused, and goes again when there is news or somebody retries it; gone: nothing has to be there any more.',
  );

const Ids = z.record(z.string(), z.string());

export const DeliveryView = z.object({
  id: z.string(),
  end: DeliveryEndName,
  kind: z.string().describe('What it is there: slack.release, github.deployment, …'),
  key: z.string().describe('Which one of its kind.'),
  state: DeliveryStateName,
  urgency: z.enum(['final', 'normal', 'intermediate']),
  service: z.string().optional(),
  environment: z.string().optional(),
  release: z.string().optional(),
  subject: Ids.describe('What it speaks of.'),
  external: Ids.optional().describe('Ids of the thing outside.'),
  attempts: z.number().int().describe('Tries since it was delivered last.'),
  retryAt: Timestamp.optional().describe('When it is tried again, after a failure.'),
  error: z
    .object({ code: z.string(), message: z.string(), next: z.string().optional() })
    .optional()
    .describe('Why it was not delivered, or what it waits for.'),
  createdAt: Timestamp,
  pendingSince: Timestamp.optional(),
  deliveredAt: Timestamp.optional().describe('The last time.'),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

export const listDeliveries = {
  id: 'listDeliveries',
  method: 'get',
  path: '/v1/deliveries',
  summary: 'What is shown outside, in Slack, on GitHub and elsewhere, and whether it arrived; the newest first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    release: ReleaseId.optional(),
    state: DeliveryStateName.optional(),
    end: DeliveryEndName.optional(),
    ...Paging,
  }),
  body: Nothing,
  result: page(DeliveryView),
} satisfies Operation;

export const retryDelivery = {
  id: 'retryDelivery',
  method: 'post',
  path: '/v1/deliveries/{id}/retry',
  summary:
    'Delivers it now, also when it was delivered before; who may release the service in the environment may do so.',
  callers: people,
  params: z.strictObject({ id: z.string().regex(/^dlv_[0-9a-z]{26}$/, 'a delivery id looks like dlv_01j9…') }),
  query: Nothing,
  body: Nothing,
  result: z.object({ delivery: DeliveryView, message: z.string() }),
} satisfies Operation;
