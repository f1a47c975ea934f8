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
  ReleaseIntentName,
  ReleaseStateName,
  ServiceName,
  Timestamp,
} from './common.ts';
import { people, readers, type Operation } from './operation.ts';
import { RolloutView } from './rollouts.ts';
import { line } from './text.ts';

export const Failure = z.object({ code: z.string(), message: z.string(), next: z.string().optional() });

export const ReleaseView = z.object({
  id: ReleaseId,
  /** Shared by the releases of one request to several environments. */
  requestId: z.string(),
  service: z.string(),
  environment: z.string(),
  artifact: z.string().optional().describe('Absent: an undeploy.'),
  intent: ReleaseIntentName,
  automatic: z.boolean(),
  branch: z.string().optional(),
  state: ReleaseStateName,
  /** True when nothing more will happen by itself. */
  ended: z.boolean(),
  /** What the state means here, in words: what it waits for, why it was denied, that no daemon reports. */
  says: z.string(),
  actor: ActorView,
  reason: z.string().optional(),
  decision: DecisionView.optional(),
  failure: Failure.optional(),
  supersededBy: z.string().optional(),
  /** The artifact that it replaced there. */
  replaced: z.string().optional(),
  retryOf: z.string().optional(),
  rolledBackBy: z.string().optional().describe('The rollback that took its place.'),
  commit: z.string().optional(),
  requestedAt: Timestamp,
  queuedAt: Timestamp.optional(),
  committedAt: Timestamp.optional(),
  /** What the clusters made of it; absent where nobody reports, and before it was committed. */
  rollout: RolloutView.optional(),
  updatedAt: Timestamp,
});
export type ReleaseView = z.infer<typeof ReleaseView>;

const target = {
  service: ServiceName,
  environments: z
    .array(EnvironmentName)
    .min(1)
    .max(50)
    .refine((list) => new Set(list).size === list.length, 'an environment is named twice'),
  branch: Branch.optional().describe('The latest artifact of this branch.'),
  artifact: ArtifactId.optional().describe('This artifact.'),
  undeploy: z.literal(true).optional().describe('Takes the service out of the environments.'),
};
const exactlyOne = (body: { branch?: unknown; artifact?: unknown; undeploy?: unknown }): boolean =>
  [body.branch, body.artifact, body.undeploy].filter((value) => value !== undefined).length === 1;

export const ReleaseOutcome = z.object({
  environment: z.string(),
  outcome: z.enum(['accepted', 'denied', 'waiting', 'already-there']),
  /** The record; for `already-there` the release that put it there, if it is known. */
  release: ReleaseView.optional(),
  message: z.string(),
});
export type ReleaseOutcome = z.infer<typeof ReleaseOutcome>;

export const requestRelease = {
  id: 'requestRelease',
  method: 'post',
  path: '/v1/releases',
  summary: 'Asks for a release of one artifact into one or several environments.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: z
    .strictObject({
      ...target,
      reason: line(1000).optional(),
      idempotencyKey: line(100).min(8).optional().describe('The same key again answers with the first answer.'),
    })
    .refine(exactlyOne, 'exactly one of branch, artifact, undeploy'),
  result: z.object({ requestId: z.string(), outcomes: z.array(ReleaseOutcome) }),
  status: 201,
} satisfies Operation;

export const PlannedObject = z.object({
  change: z.enum(['added', 'changed', 'removed']),
  object: z.string().describe('Kind/namespace/name.'),
  diff: z.string().describe('Unified diff; Secret values are masked.'),
});

export const ReleasePlan = z.object({
  environment: z.string(),
  artifact: z.string().optional(),
  decision: DecisionView,
  alreadyThere: z.boolean(),
  /** Why the writer would refuse it: ownership, Jobs, kinds. */
  problems: z.array(Failure),
  files: z.array(z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed']) })),
  objects: z.array(PlannedObject),
  commitMessage: z.string(),
});
export type ReleasePlan = z.infer<typeof ReleasePlan>;

export const planRelease = {
  id: 'planRelease',
  method: 'post',
  path: '/v1/release-plans',
  summary: 'The dry run: what a release would decide and write, with a diff of the manifests. Nothing is recorded.',
  callers: readers,
  params: Nothing,
  query: Nothing,
  body: z.strictObject(target).refine(exactlyOne, 'exactly one of branch, artifact, undeploy'),
  result: z.object({ plans: z.array(ReleasePlan) }),
} satisfies Operation;

export const listReleases = {
  id: 'listReleases',
  method: 'get',
  path: '/v1/releases',
  summary: 'Releases, the last requested first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    artifact: ArtifactId.optional(),
    state: ReleaseStateName.optional(),
    request: line(60).optional(),
    ...Paging,
  }),
  body: Nothing,
  result: page(ReleaseView),
} satisfies Operation;

export const showRelease = {
  id: 'showRelease',
  method: 'get',
  path: '/v1/releases/{id}',
  summary: 'One release with its decision.',
  callers: readers,
  params: z.strictObject({ id: ReleaseId }),
  query: Nothing,
  body: Nothing,
  result: ReleaseView,
} satisfies Operation;

export const retryRelease = {
  id: 'retryRelease',
  method: 'post',
  path: '/v1/releases/{id}/retry',
  summary: 'The same artifact again, after a release that was denied, failed or refused by the plan.',
  callers: people,
  params: z.strictObject({ id: ReleaseId }),
  query: Nothing,
  body: z.strictObject({ reason: line(1000).optional() }),
  result: ReleaseOutcome,
  status: 201,
} satisfies Operation;
