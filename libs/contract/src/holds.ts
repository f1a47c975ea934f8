import { z } from 'zod';

import { ActorView, ArtifactId, EnvironmentName, Nothing, page, Paging, ServiceName, Timestamp } from './common.ts';
import { people, readers, type Operation } from './operation.ts';
import { ReleaseView } from './releases.ts';
import { Reason } from './text.ts';

const stop = {
  service: z.string(),
  environment: z.string(),
  reason: z.string(),
  actor: ActorView,
  since: Timestamp,
  ageSeconds: z.number().int().describe('How long ago it was set.'),
  release: z.string().optional().describe('The rollback that set it.'),
  provisional: z.boolean().describe('That rollback is not committed yet; when it is refused, this goes away with it.'),
  /** Who, since when and why, in one line. */
  says: z.string(),
};

export const HoldView = z.object({
  ...stop,
  id: z.string(),
  until: Timestamp.optional().describe('When it ends by itself; absent: when somebody resumes.'),
});
export type HoldView = z.infer<typeof HoldView>;

export const QuarantineView = z.object({ ...stop, artifact: z.string() });
export type QuarantineView = z.infer<typeof QuarantineView>;

const Target = z.strictObject({ service: ServiceName, environment: EnvironmentName });
const flag = z.enum(['true', 'false']).transform((word) => word === 'true');

/** Releases that were being pushed at that moment. */
const onTheirWay = z
  .array(ReleaseView)
  .describe('They were being pushed at that moment: they may still arrive, or are stopped like the others.');

export const setHold = {
  id: 'setHold',
  method: 'put',
  path: '/v1/services/{service}/environments/{environment}/hold',
  summary:
    'Pauses automation for a service in an environment; people are not stopped by it. Takes the place of the hold before.',
  callers: people,
  params: Target,
  query: Nothing,
  body: z.strictObject({
    reason: Reason,
    until: Timestamp.optional().describe('When automation goes on by itself.'),
  }),
  result: z.object({
    hold: HoldView,
    replaced: HoldView.optional(),
    /** The automatic release that waits now. */
    waiting: ReleaseView.optional(),
    onTheirWay,
    message: z.string(),
  }),
} satisfies Operation;

export const liftHold = {
  id: 'liftHold',
  method: 'post',
  path: '/v1/services/{service}/environments/{environment}/resume',
  summary: 'Ends the hold: the newest release that waited goes out. `dryRun` only says what that is.',
  callers: people,
  params: Target,
  query: Nothing,
  body: z.strictObject({ dryRun: z.boolean().optional() }),
  result: z.object({
    /** The holds that ended, or would; none where automation is not held. */
    holds: z.array(HoldView),
    resumed: z.boolean(),
    /** What goes out, or would. */
    releases: z.array(ReleaseView),
    /** What waited and does not go out, and why. */
    stays: z.array(z.object({ release: ReleaseView, why: z.string() })),
    message: z.string(),
  }),
} satisfies Operation;

export const listHolds = {
  id: 'listHolds',
  method: 'get',
  path: '/v1/holds',
  summary:
    'Where automation is paused, the oldest first; `stale`: those without an end that are older than seven days.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    stale: flag.optional(),
    ...Paging,
  }),
  body: Nothing,
  result: page(HoldView),
} satisfies Operation;

const ArtifactParams = z.strictObject({ id: ArtifactId });
const environments = z
  .array(EnvironmentName)
  .min(1)
  .max(50)
  .refine((list) => new Set(list).size === list.length, 'an environment is named twice')
  .optional();

export const quarantineArtifact = {
  id: 'quarantineArtifact',
  method: 'post',
  path: '/v1/artifacts/{id}/quarantine',
  summary:
    'Says that an artifact may not be released any more, by nobody; by default wherever the caller may roll back.',
  callers: people,
  params: ArtifactParams,
  query: Nothing,
  body: z.strictObject({ environments, reason: Reason }),
  result: z.object({
    quarantines: z.array(QuarantineView),
    /** Releases of it that were queued or waited, and are denied now. */
    denied: z.array(ReleaseView),
    onTheirWay,
    /** Where it lies at this moment: a quarantine removes nothing. */
    currentIn: z.array(z.string()),
    message: z.string(),
  }),
} satisfies Operation;

export const liftQuarantine = {
  id: 'liftQuarantine',
  method: 'post',
  path: '/v1/artifacts/{id}/quarantine/lift',
  summary: 'The artifact may be released again; nothing goes out by itself. By default everywhere.',
  callers: people,
  params: ArtifactParams,
  query: Nothing,
  body: z.strictObject({ environments }),
  result: z.object({ lifted: z.array(QuarantineView), message: z.string() }),
} satisfies Operation;

export const listQuarantines = {
  id: 'listQuarantines',
  method: 'get',
  path: '/v1/quarantines',
  summary: 'Artifacts that may not be released, and where; the oldest first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    artifact: ArtifactId.optional(),
    ...Paging,
  }),
  body: Nothing,
  result: page(QuarantineView),
} satisfies Operation;
