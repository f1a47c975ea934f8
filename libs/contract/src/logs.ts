import { z } from 'zod';

import { EnvironmentName, Nothing, ServiceName, Timestamp } from './common.ts';
import { readers, type Operation } from './operation.ts';

/** Names of pods and containers, by the rules of Kubernetes (DNS subdomain). */
const objectName = (what: string) =>
  z
    .string()
    .max(253)
    .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/, `${what} has letters of a-z, digits, "-" and "."`);

/** Lines of one container at most, and how many where nobody says. */
const logLines = { most: 1_000, usual: 100 } as const;

const LogRequestId = z.string().regex(/^log_[0-9a-z]{26}$/, 'the id of a request for logs looks like log_01j9…');

/** What one container was asked to show. */
export const ContainerLogView = z.object({
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  container: z.string(),
  state: z.enum(['pending', 'answered', 'failed']),
  lines: z.array(z.string()).describe('The last ones, with secrets masked and without control characters.'),
  cut: z.boolean().describe('Lines before the first one were left out, or a line was cut.'),
  says: z.string().optional().describe('Why there is none, or what is odd about it.'),
  next: z.string().optional(),
});
export type ContainerLogView = z.infer<typeof ContainerLogView>;

/** A request for logs, and what became of it. */
export const LogRequestView = z.object({
  id: LogRequestId,
  service: z.string(),
  environment: z.string(),
  state: z
    .enum(['pending', 'answered', 'failed', 'expired', 'nobody'])
    .describe(
      'answered: every container has, and at least one with a log; expired: nobody answered in time; nobody: no daemon is there to ask.',
    ),
  askedAt: Timestamp,
  expiresAt: Timestamp.describe('Who has not answered by then is not waited for.'),
  containers: z.array(ContainerLogView),
  leftOut: z.number().int().describe('Containers that were not asked, since there are too many for one request.'),
  silent: z
    .array(z.object({ cluster: z.string(), says: z.string(), next: z.string() }))
    .describe('Clusters that cannot be asked right now.'),
});
export type LogRequestView = z.infer<typeof LogRequestView>;

export const requestLogs = {
  id: 'requestLogs',
  method: 'post',
  path: '/v1/services/{service}/environments/{environment}/logs',
  summary:
    'Asks the daemons for what the pods of a service print now. The same request again within seconds is the one that is under way.',
  callers: readers,
  params: z.strictObject({ service: ServiceName, environment: EnvironmentName }),
  query: Nothing,
  body: z.strictObject({
    cluster: ServiceName.optional().describe('Only of this cluster.'),
    pod: objectName('a pod').optional().describe('Only of this pod.'),
    container: objectName('a container')
      .optional()
      .describe('Only of this container; by default all but the init containers that are done.'),
    previous: z.boolean().default(false).describe('Of the run before the last restart.'),
    lines: z
      .number()
      .int()
      .min(1)
      .max(logLines.most)
      .default(logLines.usual)
      .describe('Of each container, from the end.'),
  }),
  result: LogRequestView,
  status: 202,
} satisfies Operation;

export const showLogs = {
  id: 'showLogs',
  method: 'get',
  path: '/v1/log-requests/{id}',
  summary: 'What became of a request for logs; kept for a quarter of an hour.',
  callers: readers,
  params: z.strictObject({ id: LogRequestId }),
  query: Nothing,
  body: Nothing,
  result: LogRequestView,
} satisfies Operation;
