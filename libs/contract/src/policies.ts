import { z } from 'zod';

import { Nothing, ServiceName } from './common.ts';
import { readers, type Operation } from './operation.ts';

export const PolicyView = z.object({
  id: z.string().describe('Stable while the policy says the same; `policy delete` takes it.'),
  kind: z.string(),
  scope: z.enum(['global', 'service']),
  summary: z.string().describe('The rule in words.'),
  policy: z.record(z.string(), z.unknown()).describe('The rule as it stands in the file.'),
  file: z.string(),
  line: z.number(),
  /** Said of a rule that another one overrules or that can never match. */
  remark: z.string().optional(),
});
export type PolicyView = z.infer<typeof PolicyView>;

export const PolicyProblem = z.object({
  file: z.string(),
  line: z.number(),
  message: z.string(),
  next: z.string().optional(),
});

export const listPolicies = {
  id: 'listPolicies',
  method: 'get',
  path: '/v1/services/{service}/policies',
  summary: 'The policies that speak of a service, global ones first, and what is broken in their files.',
  callers: readers,
  params: z.strictObject({ service: ServiceName }),
  query: Nothing,
  body: Nothing,
  result: z.object({ policies: z.array(PolicyView), problems: z.array(PolicyProblem), commit: z.string().optional() }),
} satisfies Operation;

const changed = z.object({
  changed: z.boolean(),
  commit: z.string().optional(),
  policy: PolicyView.optional(),
  message: z.string(),
});

export const applyPolicy = {
  id: 'applyPolicy',
  method: 'put',
  path: '/v1/services/{service}/policies',
  summary:
    'Adds a policy to the file of the service, as a commit of the caller. One that stands there already changes nothing.',
  callers: ['admin', 'person'],
  params: z.strictObject({ service: ServiceName }),
  query: Nothing,
  body: z.strictObject({ policy: z.record(z.string(), z.unknown()) }),
  result: changed,
} satisfies Operation;

export const deletePolicy = {
  id: 'deletePolicy',
  method: 'delete',
  path: '/v1/services/{service}/policies/{policy}',
  summary: 'Takes a policy out of the file of the service, as a commit of the caller.',
  callers: ['admin', 'person'],
  params: z.strictObject({ service: ServiceName, policy: z.string().min(1).max(200) }),
  query: Nothing,
  body: Nothing,
  result: changed,
} satisfies Operation;
