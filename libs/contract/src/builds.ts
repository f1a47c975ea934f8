import { z } from 'zod';

import { Check, Ci, Source } from './artifact-spec.ts';
import { ActorView, ArtifactId, Nothing, page, Paging, ServiceName, Timestamp } from './common.ts';
import { readers, type Operation } from './operation.ts';

export const BuildId = z.string().regex(/^[0-9a-f]{20}$/, 'a build id has 20 lower-case hex digits');

export const BuildState = z.enum(['running', 'finished', 'abandoned']);

export const BuildView = z.object({
  service: ServiceName,
  id: BuildId,
  state: BuildState,
  source: Source,
  ci: Ci,
  checks: z.array(Check),
  artifact: ArtifactId.optional().describe('The artifact that took over the checks.'),
  reportedBy: ActorView,
  startedAt: Timestamp.describe('When it was first heard of.'),
  updatedAt: Timestamp.describe('When it was last heard of.'),
  endedAt: Timestamp.optional(),
});
export type BuildView = z.infer<typeof BuildView>;

const byId = z.strictObject({ service: ServiceName, buildId: BuildId });

export const reportBuild = {
  id: 'reportBuild',
  method: 'put',
  path: '/v1/builds/{service}/{buildId}',
  summary:
    'Tells of a build that is under way. May be repeated: a check replaces the one of the same kind and name, the others stay.',
  callers: ['admin', 'person', 'ci'],
  params: byId,
  query: Nothing,
  body: z.strictObject({
    source: Source,
    ci: Ci.describe(
      'The run. The id of the build is the first 20 hex digits of SHA-256 over provider, jobUrl, runNumber and runAttempt, each as UTF-8 text (empty when absent) after its length as 8 bytes big-endian.',
    ),
    checks: z.array(Check).max(200).default([]),
  }),
  result: BuildView,
} satisfies Operation;

export const showBuild = {
  id: 'showBuild',
  method: 'get',
  path: '/v1/builds/{service}/{buildId}',
  summary: 'One build with its checks, and the artifact that came of it.',
  callers: readers,
  params: byId,
  query: Nothing,
  body: Nothing,
  result: BuildView,
} satisfies Operation;

export const listBuilds = {
  id: 'listBuilds',
  method: 'get',
  path: '/v1/builds',
  summary: 'Builds, the last begun first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({ service: ServiceName.optional(), state: BuildState.optional(), ...Paging }),
  body: Nothing,
  result: page(BuildView),
} satisfies Operation;
