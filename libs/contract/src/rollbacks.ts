import { z } from 'zod';

import { ArtifactId, EnvironmentName, Nothing, ServiceName, Timestamp } from './common.ts';
import { people, type Operation } from './operation.ts';
import { ReleaseView } from './releases.ts';
import { line, Reason } from './text.ts';

export const RollbackTarget = z.object({
  artifact: z.string(),
  branch: z.string().optional(),
  message: z.string().optional().describe('First line of the commit message.'),
  release: z.string().describe('The last release that put it there.'),
  ended: z.enum(['healthy', 'committed']).describe('How it ended there; committed where nobody reported.'),
  ranFrom: Timestamp.describe('When it came there the last time.'),
  ranUntil: Timestamp.optional().describe('When its place was taken; absent where it still is there.'),
});
export type RollbackTarget = z.infer<typeof RollbackTarget>;

export const RollbackView = z.object({
  service: z.string(),
  environment: z.string(),
  outcome: z
    .enum(['accepted', 'done', 'denied', 'already-there'])
    .describe('done: the bad release was still queued and was cancelled, nothing has to be committed.'),
  message: z.string(),
  /** What is left behind; absent where the service was not there. */
  from: z.string().optional(),
  to: RollbackTarget.optional(),
  /** The release that puts it back; for `already-there` the one that is on its way or did it. */
  release: ReleaseView.optional(),
  /** Releases that were queued and do not go out any more. */
  cancelled: z.array(ReleaseView),
  held: z.boolean().describe('Automation is paused there, until somebody resumes it.'),
  /** Environments in which the bad artifact may not be released any more, until that is lifted. */
  quarantined: z.array(z.string()),
  /** Where it may still go, and why it was not quarantined there. */
  notQuarantined: z.array(z.object({ environment: z.string(), why: z.string() })),
  /** How to lift what was set, as commands. */
  next: z.array(z.string()),
});
export type RollbackView = z.infer<typeof RollbackView>;

const target = {
  service: ServiceName,
  environment: EnvironmentName,
  to: ArtifactId.optional().describe(
    'Go back to this artifact; by default the newest before the current one that ended well there.',
  ),
  from: ArtifactId.optional().describe(
    'What the caller saw there. When it is not there any more, nothing happens: two people do not go back twice.',
  ),
};

export const requestRollback = {
  id: 'requestRollback',
  method: 'post',
  path: '/v1/rollbacks',
  summary: 'Puts an artifact back, holds automation there, and quarantines what is left behind.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: z.strictObject({
    ...target,
    reason: Reason,
    idempotencyKey: line(100).min(8).optional().describe('The same key again answers with the first answer.'),
  }),
  result: RollbackView,
  status: 201,
} satisfies Operation;

export const planRollback = {
  id: 'planRollback',
  method: 'post',
  path: '/v1/rollback-plans',
  summary: 'What a rollback would do now. Nothing is recorded.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: z.strictObject(target),
  result: RollbackView,
} satisfies Operation;
