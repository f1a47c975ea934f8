import { z } from 'zod';

import { Nothing, Timestamp } from './common.ts';
import { people, type Operation } from './operation.ts';
import { ReleaseView } from './releases.ts';

const RecoveryState = z.enum(['whole', 'rebuilding', 'held']);

export const RecoveryView = z.object({
  state: RecoveryState.describe('whole, rebuilding after a loss, or rebuilt and held until an administrator resumes.'),
  /** Automatic releases wait. */
  automationHeld: z.boolean(),
  /** State and progress in words. */
  says: z.string(),
  /** How the loss was noticed. */
  reason: z.string().optional(),
  foundAt: Timestamp.optional(),
  rebuiltAt: Timestamp.optional(),
  resumedAt: Timestamp.optional(),
  /** Automatic releases that would go out if automation were resumed now. */
  held: z.number().int(),
  services: z.number().int().describe('Services that were registered again.'),
  releases: z.number().int().describe('Releases that were recorded again.'),
  artifacts: z.number().int().describe('Artifacts that were taken in again.'),
  history: z.object({
    done: z.boolean(),
    read: z.number().int(),
    commits: z.number().int().optional().describe('Absent until the whole history was fetched.'),
  }),
  store: z.object({ done: z.boolean(), at: z.string().optional().describe('The key that was looked at last.') }),
  /** Stored objects that could not be taken in, and why; a hundred at most. */
  skipped: z.array(z.object({ key: z.string(), problem: z.string() })),
});
export type RecoveryView = z.infer<typeof RecoveryView>;

export const showRecovery = {
  id: 'showRecovery',
  method: 'get',
  path: '/v1/recovery',
  summary: 'Whether the database lost something, how much of it was rebuilt, and whether automation is held.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: Nothing,
  result: RecoveryView,
} satisfies Operation;

export const resumeAutomation = {
  id: 'resumeAutomation',
  method: 'post',
  path: '/v1/recovery/resume',
  summary: 'Lets automation go on after the database was rebuilt; `dryRun` only lists what would go out.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: z.strictObject({ dryRun: z.boolean().optional() }),
  result: z.object({
    state: RecoveryState,
    resumed: z.boolean(),
    /** What goes out, or would. */
    releases: z.array(ReleaseView),
  }),
} satisfies Operation;
