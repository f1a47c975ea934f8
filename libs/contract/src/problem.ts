import { z } from 'zod';

/** The body of every error, `application/problem+json` (RFC 9457). */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  /** What happened and why. */
  detail: z.string(),
  /** Stable and dotted: `release.artifact-not-found`. */
  code: z.string(),
  kind: z.string(),
  /** What to do about it. */
  next: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  /** Found in the manager's log under the same id. */
  incident: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
