import { z } from 'zod';

import {
  ActorView,
  ArtifactId,
  Branch,
  DecisionView,
  EnvironmentName,
  Nothing,
  page,
  Paging,
  ReleaseId,
  ServiceName,
  Timestamp,
} from './common.ts';
import { HoldView, QuarantineView } from './holds.ts';
import { readers, type Operation } from './operation.ts';
import { ReleaseView } from './releases.ts';
import { DriftView } from './rollouts.ts';

export const EnvironmentStatus = z.object({
  environment: z.string(),
  /** What the config repo holds now; absent when the service is not there. */
  current: z
    .object({
      artifact: z.string(),
      release: ReleaseView.optional(),
      branch: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  /** Where clusters are other than that; absent where they are not. */
  drift: z.array(DriftView).optional(),
  /** Asked for and not yet committed, in order. */
  pending: z.array(ReleaseView),
  /** Automation is paused there. */
  hold: HoldView.optional(),
  /** Artifacts of the service that may not be released there; absent where there is none. */
  quarantines: z.array(QuarantineView).optional(),
});
export type EnvironmentStatus = z.infer<typeof EnvironmentStatus>;

export const ServiceStatus = z.object({
  service: z.string(),
  owner: z.string().optional(),
  environments: z.array(EnvironmentStatus),
});
export type ServiceStatus = z.infer<typeof ServiceStatus>;

export const showStatus = {
  id: 'showStatus',
  method: 'get',
  path: '/v1/status',
  summary: 'What is where: services × environments.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({ service: ServiceName.optional(), ...Paging }),
  body: Nothing,
  result: page(ServiceStatus),
} satisfies Operation;

export const explainEnvironment = {
  id: 'explainEnvironment',
  method: 'get',
  path: '/v1/services/{service}/environments/{environment}/why',
  summary:
    'Why the service is, or is not, what somebody expects there: current and last release, and what the rules say now.',
  callers: readers,
  params: z.strictObject({ service: ServiceName, environment: EnvironmentName }),
  query: z.strictObject({ branch: Branch.optional(), artifact: ArtifactId.optional() }),
  body: Nothing,
  result: z.object({
    status: EnvironmentStatus,
    last: ReleaseView.optional(),
    /** What a release of the head of each branch in question would be told now. */
    now: z.array(
      z.object({
        branch: z.string(),
        artifact: z.string().optional(),
        automatic: z.boolean(),
        decision: DecisionView,
        says: z.string(),
      }),
    ),
    /** What people changed in the service's folder by hand since its last release there; the next one replaces it. */
    handEdits: z.array(z.string()).optional(),
    /** Broken files of the config repo that concern this service. */
    problems: z.array(z.object({ file: z.string(), line: z.number(), message: z.string() })),
  }),
} satisfies Operation;

export const LedgerEntry = z.object({
  id: z.string().describe('Position in the ledger; opaque.'),
  at: Timestamp,
  kind: z.string().describe('Such as release.committed.'),
  actor: ActorView,
  service: z.string().optional(),
  environment: z.string().optional(),
  artifact: z.string().optional(),
  release: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  cause: z.string().describe('What happened and why, in words.'),
  details: z.record(z.string(), z.unknown()),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const listLedger = {
  id: 'listLedger',
  method: 'get',
  path: '/v1/ledger',
  summary: 'The record of who did what, when and why; the last entry first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    release: ReleaseId.optional(),
    ...Paging,
  }),
  body: Nothing,
  result: page(LedgerEntry),
} satisfies Operation;

/** Server-sent events: each `data` is a LedgerEntry, each `id` continues after it (`Last-Event-ID`). */
export const followEvents = {
  id: 'followEvents',
  method: 'get',
  path: '/v1/events',
  summary: 'Live updates as server-sent events; starts after `after` or `Last-Event-ID`, else with what comes next.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    release: ReleaseId.optional(),
    after: z.string().max(60).optional(),
  }),
  body: Nothing,
  result: LedgerEntry,
} satisfies Operation;
