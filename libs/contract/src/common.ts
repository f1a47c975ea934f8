import { isArtifactId, isDnsLabel, releaseStates, releaseIntents } from '@release-manager/domain';
import { z } from 'zod';

/** No parameters, no query, no body. */
export const Nothing = z.strictObject({});

const label = (what: string) =>
  z
    .string()
    .refine(isDnsLabel, `${what} has 1 to 63 characters of a-z, 0-9 and "-", begins and ends with a letter or digit`);

export const ServiceName = label('a service name');
export const EnvironmentName = label('an environment name');
export const Namespace = label('a namespace');
export const ArtifactId = z.string().refine(isArtifactId, 'an artifact id looks like main-0123456789-abcdef0123');
export const ReleaseId = z.string().regex(/^rel_[0-9a-z]{26}$/, 'a release id looks like rel_01j9…');
export const Sha = z.string().regex(/^[0-9a-f]{40}$/, 'a full git commit sha has 40 lower-case hex digits');
// A control character or newline in a branch could forge a trailer; git itself forbids these too (git-check-ref-format).
export const Branch = z
  .string()
  .min(1)
  .max(244)
  .regex(/^[^\p{Cc}\p{Cf} ~^:?*[\\]+$/u, 'not a possible git branch name')
  .refine((name) => !/^[-/.]|\.\.|@\{|\/\/|\.lock$|[/.]$/.test(name), 'not a possible git branch name');

export const ReleaseStateName = z.enum(releaseStates);
export const ReleaseIntentName = z.enum(releaseIntents);

/** ISO 8601 with a time zone. */
export const Timestamp = z.iso.datetime({ offset: true });

export const Paging = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('How many entries at most.'),
  cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
};

/** A page of a list, newest first. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}

export const ActorView = z.object({
  kind: z.enum(['admin', 'person', 'ci', 'daemon', 'automation', 'manager']),
  name: z.string().describe('Short name, as in commit subjects.'),
  email: z.string().optional(),
});
export type ActorView = z.infer<typeof ActorView>;

export const RuleOpinionView = z.object({
  rule: z.string(),
  verdict: z.enum(['allows', 'denies', 'waits', 'not-concerned']),
  explanation: z.string(),
  source: z.object({ file: z.string(), line: z.number() }).optional(),
  next: z.string().optional(),
});

export const DecisionView = z.object({
  verdict: z.enum(['allowed', 'denied', 'waiting']),
  opinions: z.array(RuleOpinionView),
  commit: z.string().optional(),
});
export type DecisionView = z.infer<typeof DecisionView>;
