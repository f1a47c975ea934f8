import { z } from 'zod';

import { Nothing, page, Paging, Timestamp } from './common.ts';
import { people, type Operation } from './operation.ts';

export const IncomingProblem = z.object({
  code: z
    .string()
    .describe('`incoming.not-json`, `incoming.id-mismatch`, … or the code that the API would answer with.'),
  subject: z.string().describe('The key of the object, or the beginning of the message.'),
  message: z.string(),
  next: z.string().optional(),
  times: z.number().describe('How often the same was seen.'),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
});
export type IncomingProblem = z.infer<typeof IncomingProblem>;

export const listIncomingProblems = {
  id: 'listIncomingProblems',
  method: 'get',
  path: '/v1/incoming-problems',
  summary:
    'What came straight into the bucket or its queue and could not be taken in. The thousand last seen are kept, for 30 days.',
  callers: people,
  params: Nothing,
  query: z.strictObject(Paging),
  body: Nothing,
  result: page(IncomingProblem),
} satisfies Operation;
