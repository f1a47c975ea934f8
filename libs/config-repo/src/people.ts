import { isDnsLabel } from '@release-manager/domain';
import { z } from 'zod';

const id = z.string().refine(isDnsLabel, 'an id has 1 to 63 characters of a-z, 0-9 and "-"');
const line = z
  .string()
  .min(1)
  .max(320)
  .regex(/^[^\p{Cc}]*$/u, 'one line, no control characters');

export const TeamEntry = z.strictObject({ id, slack: line.optional(), name: line.optional() });
export type TeamEntry = Readonly<z.infer<typeof TeamEntry>>;

/** Who somebody is in git, GitHub and Slack. */
export const PersonEntry = z.strictObject({
  id,
  name: line,
  emails: z.array(line).default([]),
  github: line.optional(),
  slack: line.optional(),
  teams: z.array(id).default([]),
});
export type PersonEntry = Readonly<z.infer<typeof PersonEntry>>;

/** What `people.yaml` says, as far as it can be read; what cannot is among the problems of the snapshot. */
export interface People {
  readonly people: readonly PersonEntry[];
  readonly teams: readonly TeamEntry[];
}

export const noPeople: People = { people: [], teams: [] };

const verbs = ['release', 'rollback', 'hold', 'policy', 'approve', 'break-glass', 'admin'] as const;

/** An entry of `rights`; absent lists mean everything. */
export const RightEntry = z.strictObject({
  who: z.array(line).min(1),
  verbs: z.array(z.enum(verbs)).min(1),
  environments: z.array(line).optional(),
  owners: z.array(line).optional(),
  services: z.array(line).optional(),
});
export type RightEntry = Readonly<z.infer<typeof RightEntry>>;
