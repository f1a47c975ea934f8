import { z } from 'zod';

import { ArtifactId, Branch, EnvironmentName, Namespace, ServiceName, Sha, Timestamp } from './common.ts';
import { line, text } from './text.ts';

const url = z.url({ protocol: /^https?$/ }).max(2000);

export const Identity = z.looseObject({ name: line(200), email: line(320) });

export const Check = z.looseObject({
  kind: line(60),
  name: line(200),
  status: z.enum(['passed', 'failed', 'running', 'skipped']),
  url: url.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});
export type Check = z.infer<typeof Check>;

export const Source = z.looseObject({
  repository: line(500),
  branch: Branch,
  sha: Sha,
  path: line(500).optional(),
  message: text(10_000).optional(),
  author: Identity,
  committer: Identity.optional(),
  committedAt: Timestamp.optional(),
  url: url.optional(),
  pullRequest: z.number().int().positive().optional(),
});

export const Ci = z.looseObject({
  provider: line(60).optional(),
  workflow: line(300).optional(),
  jobUrl: url.optional(),
  runNumber: z.number().int().nonnegative().optional(),
  runAttempt: z.number().int().positive().optional(),
  startedAt: Timestamp.optional(),
  finishedAt: Timestamp.optional(),
});

/** Namespace per environment; `default` stands for the environments that are not named. */
export const Namespaces = z
  .record(EnvironmentName, Namespace)
  .refine((map) => Object.keys(map).length > 0, 'at least one namespace');

/** `artifact.json`. Unknown fields are kept and ignored, so that an older manager reads a newer artifact. */
export const ArtifactSpec = z.looseObject({
  schemaVersion: z.literal(1),
  id: ArtifactId,
  service: ServiceName,
  namespaces: Namespaces,
  owner: ServiceName.optional(),
  paths: z.array(line(300)).max(100).optional(),
  links: z.record(line(60), url).optional(),
  source: Source,
  ci: Ci.optional(),
  images: z
    .array(z.looseObject({ name: line(500), tag: line(200).optional(), digest: line(200).optional() }))
    .max(200)
    .optional(),
  checks: z.array(Check).max(200).optional(),
});
export type ArtifactSpec = z.infer<typeof ArtifactSpec>;

/** `release.yaml` in the source repository: who the service is. */
export const ReleaseYaml = z
  .strictObject({
    service: ServiceName,
    namespace: Namespace.optional(),
    namespaces: Namespaces.optional(),
    owner: ServiceName.optional(),
    paths: z.array(line(300)).max(100).optional(),
    links: z.record(line(60), url).optional(),
  })
  .refine(
    (file) => file.namespace === undefined || file.namespaces === undefined,
    'either namespace or namespaces, not both',
  );
export type ReleaseYaml = z.infer<typeof ReleaseYaml>;

/** The namespace of a service in an environment. */
export function namespaceIn(namespaces: Readonly<Record<string, string>>, environment: string): string | undefined {
  return namespaces[environment] ?? namespaces['default'];
}
