import { isDnsLabel } from '@release-manager/domain';
import { z } from 'zod';

import type { FileProblem } from './problem.ts';

/** Names of actors who are no people: nobody may look like one of them in commits and in the record. */
export const reservedPersonIds: ReadonlySet<string> = new Set(['admin', 'release-manager']);

const id = z.string().refine(isDnsLabel, 'an id has 1 to 63 characters of a-z, 0-9 and "-"');
const personId = id.refine((text) => !reservedPersonIds.has(text), 'this id is that of an actor who is no person');
const line = z
  .string()
  .min(1)
  .max(320)
  .regex(/^[^\p{Cc}]*$/u, 'one line, no control characters');

export const TeamEntry = z.strictObject({ id, slack: line.optional(), name: line.optional() });
export type TeamEntry = Readonly<z.infer<typeof TeamEntry>>;

/** Who somebody is in git, GitHub and Slack. */
export const PersonEntry = z.strictObject({
  id: personId,
  name: line,
  emails: z.array(line).default([]),
  github: line.optional(),
  slack: line.optional(),
  teams: z.array(id).default([]),
});
export type PersonEntry = Readonly<z.infer<typeof PersonEntry>>;

/** A person and the line of `people.yaml` that says so, counted from 1. */
export type LocatedPerson = PersonEntry & { readonly line: number };

/** What `people.yaml` says, as far as it can be read. */
export interface People {
  readonly people: readonly LocatedPerson[];
  readonly teams: readonly TeamEntry[];
  /** Where a person would be added. */
  readonly line: number;
  /** Every id that stands in the list of people, also of entries that cannot be used; absent when there is no list to read. */
  readonly ids: readonly string[] | undefined;
  /** Not empty: the file is broken, and what was valid last counts (DESIGN 3.4). Also among the problems of the snapshot. */
  readonly broken: readonly FileProblem[];
}

export const noPeople: People = { people: [], teams: [], line: 1, ids: [], broken: [] };

/** What a right can give, in the order in which the file is described. */
const rightVerbs = ['release', 'rollback', 'hold', 'policy', 'approve', 'break-glass', 'admin'] as const;

const who = line.refine((text) => text === '*' || isDnsLabel(text.replace(/^team:/, '')), {
  message: 'who is the id of a person, `team:` and the id of a team, or "*"',
});
const pattern = z
  .string()
  .regex(/^[a-z0-9*-]{1,100}$/, 'a name or a glob has 1 to 100 characters of a-z, 0-9, "-" and "*"');

/** An entry of `rights`. An absent list means everything, also what has no such thing; an empty one means nothing. */
export const RightEntry = z.strictObject({
  who: z.array(who).min(1),
  verbs: z.array(z.enum(rightVerbs)).min(1),
  environments: z.array(pattern).optional(),
  owners: z.array(pattern).optional(),
  services: z.array(pattern).optional(),
});
export type RightEntry = Readonly<z.infer<typeof RightEntry>>;

/** A right and the line of `release-manager.yaml` that gives it, counted from 1. */
export type LocatedRight = RightEntry & { readonly line: number };

/** The `rights` of `release-manager.yaml`, as far as they can be read. */
export interface RightsPart {
  readonly entries: readonly LocatedRight[];
  /** Where the list begins. */
  readonly line: number;
  /** Not empty: the part is broken, and what was valid last counts (DESIGN 3.4). Also among the problems of the snapshot. */
  readonly broken: readonly FileProblem[];
}
