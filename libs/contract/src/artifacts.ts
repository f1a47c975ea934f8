import { z } from 'zod';

import { ArtifactSpec } from './artifact-spec.ts';
import { BuildId } from './builds.ts';
import {
  ActorView,
  ArtifactId,
  Branch,
  EnvironmentName,
  Nothing,
  page,
  Paging,
  ServiceName,
  Timestamp,
} from './common.ts';
import { readers, type Operation } from './operation.ts';

export const ManifestProblemView = z.object({
  file: z.string(),
  line: z.number(),
  rule: z.string(),
  message: z.string(),
  next: z.string().optional(),
});
export type ManifestProblemView = z.infer<typeof ManifestProblemView>;

export const EnvironmentVerdict = z.object({
  state: z.enum(['ready', 'rejected']),
  files: z.number(),
  problems: z.array(ManifestProblemView),
  warnings: z.array(ManifestProblemView),
});
export type EnvironmentVerdict = z.infer<typeof EnvironmentVerdict>;

export const ArtifactState = z.enum(['pending', 'uploaded', 'ready', 'rejected']);
export type ArtifactState = z.infer<typeof ArtifactState>;

/** Whether the commit of an artifact is on its branch, as GitHub says. */
export const SourceProofView = z.object({
  state: z
    .enum(['unasked', 'waiting', 'proven', 'refuted'])
    .describe('Only `proven` counts in protected environments; `waiting` is asked again by itself.'),
  says: z.string().describe('The same in words.'),
  at: Timestamp,
  by: z.enum(['github', 'trustIncoming']).optional(),
  answer: z.string().optional().describe('`identical`, `behind`, `ahead`, `diverged`, `no-commit`, `no-branch`, …'),
  repository: z.string().optional(),
  tip: z.string().optional().describe('Where the branch was then.'),
  next: z.string().optional(),
});

export const ArtifactView = z.object({
  id: ArtifactId,
  service: ServiceName,
  branch: z.string(),
  sha: z.string(),
  state: ArtifactState,
  /** Problems of the artifact as a whole. */
  problems: z.array(ManifestProblemView),
  environments: z.record(EnvironmentName, EnvironmentVerdict),
  spec: ArtifactSpec,
  proven: z
    .boolean()
    .optional()
    .describe('False while the branch is only claimed: then no auto-release and no branch-restriction matches it.'),
  source: SourceProofView.optional().describe('Absent where no GitHub is configured.'),
  registeredBy: ActorView,
  registeredAt: Timestamp,
  verifiedAt: Timestamp.optional(),
});
export type ArtifactView = z.infer<typeof ArtifactView>;

/** Where the bytes go: a presigned PUT. The URL is a secret until it expires. */
export const UploadTarget = z.object({
  url: z.string(),
  method: z.literal('PUT'),
  headers: z.record(z.string(), z.string()),
  expiresAt: Timestamp,
});

const byId = z.strictObject({ id: ArtifactId });

export const registerArtifact = {
  id: 'registerArtifact',
  method: 'post',
  path: '/v1/artifacts',
  summary:
    'Registers an artifact and answers with the place to upload its zip to. A retry of a finished one needs no upload.',
  callers: ['admin', 'person', 'ci'],
  params: Nothing,
  query: Nothing,
  body: z.strictObject({
    spec: ArtifactSpec,
    size: z.number().int().positive().describe('Size of the zip in bytes.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the zip, lower-case hex.'),
    buildId: BuildId.optional().describe(
      'The build that made it, where it reported while it ran: the artifact takes over its checks, and the build is finished.',
    ),
  }),
  result: z.object({ artifact: ArtifactView, upload: UploadTarget.optional() }),
  status: 201,
} satisfies Operation;

export const completeArtifact = {
  id: 'completeArtifact',
  method: 'post',
  path: '/v1/artifacts/{id}/complete',
  summary: 'Says that the zip was uploaded; it is verified in the background.',
  callers: ['admin', 'person', 'ci'],
  params: byId,
  query: Nothing,
  body: Nothing,
  result: ArtifactView,
  status: 202,
} satisfies Operation;

export const showArtifact = {
  id: 'showArtifact',
  method: 'get',
  path: '/v1/artifacts/{id}',
  summary: 'One artifact with its provenance and the verdict on its manifests.',
  callers: readers,
  params: byId,
  query: z.strictObject({
    wait: z.coerce.number().int().min(0).max(25).default(0).describe('Seconds to wait for the verdict.'),
  }),
  body: Nothing,
  result: ArtifactView,
} satisfies Operation;

export const listArtifacts = {
  id: 'listArtifacts',
  method: 'get',
  path: '/v1/artifacts',
  summary: 'Artifacts, the last registered first.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    service: ServiceName.optional(),
    branch: Branch.optional(),
    state: ArtifactState.optional(),
    ...Paging,
  }),
  body: Nothing,
  result: page(ArtifactView),
} satisfies Operation;
