import { z } from 'zod';

import {
  ActorView,
  EnvironmentName,
  Nothing,
  page,
  Paging,
  ReleaseId,
  ReleaseStateName,
  ServiceName,
  Timestamp,
} from './common.ts';
import { readers, type Operation } from './operation.ts';
import { ReleaseView } from './releases.ts';
import { LedgerEntry } from './status.ts';

/** A rule that spoke for or against a release, as a person reads it. */
export const HistoryRule = z.object({
  rule: z.string(),
  verdict: z.enum(['allows', 'denies', 'waits']),
  says: z.string(),
  /** Where it stands: `policies/web.yaml:3`. */
  place: z.string().optional(),
});

/** One event of the story: a release with all that became of it, or something else that happened to the service. */
export const HistoryItem = z.object({
  id: z.string().describe('Place in the story; opaque, and a `cursor` that continues below it.'),
  at: Timestamp,
  kind: z.string().describe('Kind of its first ledger entry, such as release.queued or hold.set.'),
  service: z.string().optional(),
  environment: z.string().optional(),
  who: ActorView,
  says: z.string().describe('Who did what, in a sentence.'),
  why: z.string().optional().describe('The reason that whoever did it gave.'),
  rules: z.array(HistoryRule),
  replaced: z.string().optional().describe('The artifact whose place it took.'),
  /** How a release ended, or how it stands. */
  ended: z.object({ state: ReleaseStateName, at: Timestamp, says: z.string() }).optional(),
  release: ReleaseView.optional(),
  /** Every ledger entry of it, in order, each with its own sentence. */
  entries: z.array(z.object({ ...LedgerEntry.shape, says: z.string() })),
});
export type HistoryItem = z.infer<typeof HistoryItem>;

export const showHistory = {
  id: 'showHistory',
  method: 'get',
  path: '/v1/history',
  summary: 'The story in words: who did what, why, by which rule, what it replaced and how it ended; the last first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    release: ReleaseId.optional(),
    since: Timestamp.optional().describe('Nothing that is older.'),
    details: z
      .enum(['true', 'false'])
      .default('false')
      .describe('Also what is of no matter to most: builds, uploads, tokens.'),
    ...Paging,
  }),
  body: Nothing,
  result: page(HistoryItem),
} satisfies Operation;
