import type { LocatedPerson, LocatedRight } from '@release-manager/config-repo';

import type { AccessState, PeopleState, RightsState } from './access-state.ts';
import { rightWords } from './right-words.ts';

/** What changed from one state to the next, a sentence each: who got and who lost what. Lines that moved are no change. Pure. */
export function describeChanges(before: AccessState, after: AccessState): readonly string[] {
  return [
    // A first sight is no change: whoever installs a manager changes nobody's rights.
    ...(before.people === undefined || after.people === undefined ? [] : peopleChanges(before.people, after.people)),
    ...(before.rights === undefined || after.rights === undefined ? [] : rightsChanges(before.rights, after.rights)),
  ];
}

function rightsChanges({ list: before }: RightsState, { list: after }: RightsState): readonly string[] {
  const was = new Set(before?.entries.map(entryWords));
  const is = new Set(after?.entries.map(entryWords));
  return [
    ...(before === undefined && after !== undefined ? ['rights are written down; the default counts no more'] : []),
    ...(before !== undefined && after === undefined
      ? ['rights are not written down any more; the default counts']
      : []),
    ...[...was].filter((words) => !is.has(words)).map((words) => `no more: ${words}`),
    ...[...is].filter((words) => !was.has(words)).map((words) => `new: ${words}`),
  ];
}

/** Whole, since two entries that differ only beyond what is shown are not the same. */
function entryWords(right: LocatedRight): string {
  return rightWords(right, Number.POSITIVE_INFINITY);
}

function peopleChanges(before: PeopleState, after: PeopleState): readonly string[] {
  const was = new Map(before.people.map((person) => [person.id, person]));
  const is = new Map(after.people.map((person) => [person.id, person]));
  const teamsBefore = before.teams.map(({ id }) => id);
  const teamsAfter = after.teams.map(({ id }) => id);
  return [
    ...missing(teamsBefore, teamsAfter).map((id) => `team ${id} was removed`),
    ...missing(teamsAfter, teamsBefore).map((id) => `team ${id} was added`),
    ...[...was.keys()].filter((id) => !is.has(id)).map((id) => `${id} was removed`),
    ...[...is.values()].flatMap((person) => personChanges(was.get(person.id), person)),
    ...(before.mapped && !after.mapped ? ['nobody is named any more: every person with a token counts'] : []),
    ...(!before.mapped && after.mapped ? ['from now on only those who are named count'] : []),
  ];
}

function personChanges(before: LocatedPerson | undefined, after: LocatedPerson): readonly string[] {
  const { id, teams } = after;
  if (before === undefined) return [`${id} was added${teams.length === 0 ? '' : `, in ${teams.join(', ')}`}`];
  return [
    ...missing(before.teams, teams).map((team) => `${id} left ${team}`),
    ...missing(teams, before.teams).map((team) => `${id} joined ${team}`),
    ...named(id, 'name', [before.name, after.name]),
    ...named(id, 'e-mail', [before.emails.join(', '), after.emails.join(', ')]),
    ...named(id, 'GitHub user', [before.github, after.github]),
    ...named(id, 'Slack user', [before.slack, after.slack]),
  ];
}

/** Whom a foreign identity counts as is a right too. */
function named(id: string, what: string, [was = '', is = '']: readonly [string | undefined, string | undefined]) {
  const shown = (text: string): string => (text === '' ? '(none)' : text);
  return was === is ? [] : [`${id} has the ${what} ${shown(is)}, and had ${shown(was)}`];
}

function missing(from: readonly string[], than: readonly string[]): readonly string[] {
  return from.filter((one) => !than.includes(one));
}
