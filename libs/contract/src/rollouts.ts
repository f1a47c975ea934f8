import { z } from 'zod';

import { EnvironmentName, Nothing, ReleaseId, ServiceName, Timestamp } from './common.ts';
import { people, readers, type Operation } from './operation.ts';

/** What a container printed before it died. */
export const CrashLogView = z.object({
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  container: z.string(),
  restarts: z.number().int(),
  stream: z.enum(['previous', 'current']).describe('Of the run that died, or of the one after it.'),
  lines: z.array(z.string()),
  cut: z.boolean().describe('Lines before the first one were left out.'),
  unavailable: z.string().optional().describe('Why there is no log, in the words of the API server.'),
  seenAt: Timestamp,
});
export type CrashLogView = z.infer<typeof CrashLogView>;

/** What stands in the way, and what to do. */
export const RolloutTrouble = z.object({
  code: z.string().describe('Stable: pod.image-pull, flux.build-failed, …'),
  message: z.string(),
  object: z.string().optional().describe('Kind namespace/name.'),
  pod: z.string().optional(),
  container: z.string().optional(),
  next: z.string().optional(),
});

export const WorkloadView = z.object({
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  state: z.enum(['missing', 'waiting', 'rolling-out', 'done', 'failed']),
  done: z.number().int().describe('Pods of this release that are available…'),
  wanted: z.number().int().describe('…of how many.'),
  says: z.string(),
});

export type WorkloadView = z.infer<typeof WorkloadView>;

/** What one cluster did with a release. */
export const ClusterRollout = z.object({
  cluster: z.string(),
  phase: z.enum(['waiting-for-flux', 'applied', 'rolling-out', 'healthy', 'failed']),
  says: z.string(),
  since: Timestamp.describe('Since when it is in its phase.'),
  why: RolloutTrouble.optional(),
  workloads: z.array(WorkloadView),
  log: CrashLogView.optional().describe('Of the crash that is the reason; only where one release is shown.'),
});
export type ClusterRollout = z.infer<typeof ClusterRollout>;

export const RolloutView = z.object({ clusters: z.array(ClusterRollout) });
export type RolloutView = z.infer<typeof RolloutView>;

/** A live object that is other than the config repo says, although Flux has applied that. */
export const DriftView = z.object({
  cluster: z.string(),
  object: z.string().describe('Kind namespace/name.'),
  field: z.string().describe('replicas, release, service, or `image of <container>`.'),
  wanted: z.string().describe('What the config repo says; `none` for what it does not have.'),
  live: z.string(),
  by: z.string().optional().describe('Who set it, by the name that the client gave itself, such as kubectl-edit.'),
  since: Timestamp,
});
export type DriftView = z.infer<typeof DriftView>;

export const listCrashLogs = {
  id: 'listCrashLogs',
  method: 'get',
  path: '/v1/releases/{id}/logs',
  summary: 'What containers of the service printed before they died, since the release was committed; the last first.',
  callers: readers,
  params: z.strictObject({ id: ReleaseId }),
  query: Nothing,
  body: Nothing,
  result: z.object({ items: z.array(CrashLogView) }),
} satisfies Operation;

export const showFluxSecret = {
  id: 'showFluxSecret',
  method: 'get',
  path: '/v1/environments/{environment}/flux-secret',
  summary: 'What Flux of one cluster signs its events with, and where it sends them; for administrators.',
  callers: people,
  params: z.strictObject({ environment: EnvironmentName }),
  query: z.strictObject({ cluster: ServiceName.default('default') }),
  body: Nothing,
  result: z.object({
    secret: z.string().describe('For the key `token` of the Secret of a Provider of type generic-hmac.'),
    address: z.string().describe('For `spec.address` of the Provider.'),
  }),
} satisfies Operation;
