import { z } from 'zod';

import { Nothing } from './common.ts';
import { everyone, people, type Operation } from './operation.ts';

export const showVersion = {
  id: 'showVersion',
  method: 'get',
  path: '/v1/version',
  summary: 'The version that runs.',
  callers: everyone,
  params: Nothing,
  query: Nothing,
  body: Nothing,
  result: z.object({ version: z.string() }),
} satisfies Operation;

export const DoctorCheck = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warning', 'failed']),
  message: z.string(),
  next: z.string().optional(),
});
export type DoctorCheck = z.infer<typeof DoctorCheck>;

export const runDoctor = {
  id: 'runDoctor',
  method: 'get',
  path: '/v1/doctor',
  summary: 'Checks everything that the manager stands on, and says what to do about what is wrong.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: Nothing,
  result: z.object({ checks: z.array(DoctorCheck) }),
} satisfies Operation;
