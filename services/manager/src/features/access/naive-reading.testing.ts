import fc from 'fast-check';

import type { Act } from './judgement.ts';

/** The two files as a person would write them: JSON is YAML. */
export interface AccessFiles {
  readonly people: readonly { readonly id: string; readonly name: string; readonly teams: readonly string[] }[];
  readonly teams: readonly string[];
  readonly rights: readonly Readonly<Record<string, readonly string[]>>[];
}

/** @returns the two files by their paths */
export function accessTexts(files: AccessFiles, environments: readonly object[]): Record<string, string> {
  const { people, teams, rights } = files;
  return {
    'release-manager.yaml': JSON.stringify({ environments, rights }),
    'people.yaml': JSON.stringify({ people, teams: teams.map((id) => ({ id })) }),
  };
}

/**
 * What somebody reads in the files who knows nothing of the program, to compare the judge with. Of globs only a "*" at the end,
 * which is all that is written here.
 */
export function readsAsAllowed({ people, teams, rights }: AccessFiles, id: string, act: Act): boolean {
  const named = people.filter((entry) => entry.id === id);
  if (people.length > 0 && named.length === 0) return false;
  const inList = (list: readonly string[] | undefined, name: string | undefined): boolean =>
    list === undefined ||
    (name !== undefined &&
      list.some((one) => one === name || (one.endsWith('*') && name.startsWith(one.replace(/\*+$/, '')))));
  const callsThem = (who: string): boolean =>
    who === '*' ||
    who === id ||
    teams.some((team) => who === `team:${team}` && named[0]?.teams.includes(team) === true);
  const needsPlace = ['release', 'rollback', 'hold', 'approve', 'break-glass'].includes(act.verb);
  return rights.some(
    (right) =>
      right['who']?.some(callsThem) === true &&
      right['verbs']?.some((verb) => verb === act.verb || verb === 'admin') === true &&
      !(needsPlace && act.environment === undefined) &&
      inList(right['environments'], act.environment) &&
      inList(right['services'], act.service) &&
      inList(right['owners'], act.owner),
  );
}

const list = <T>(of: fc.Arbitrary<T>, min = 0): fc.Arbitrary<T[]> =>
  fc.uniqueArray(of, { minLength: min, maxLength: 3 });

/** Files about a handful of names, so that rights and acts meet. */
export function arbitraryFiles(names: readonly string[]): fc.Arbitrary<AccessFiles> {
  const teamIds = fc.constantFrom('checkout', 'ops', 'ghost', 'ada');
  const patterns = list(fc.constantFrom(...names, '*', 'web*', '**'));
  const who = fc.oneof(
    personIds,
    fc.constant('*'),
    teamIds.map((id) => `team:${id}`),
  );
  const verbs = fc.constantFrom('release', 'rollback', 'hold', 'policy', 'approve', 'break-glass', 'admin');
  const right = fc.record(
    { who: list(who, 1), verbs: list(verbs, 1), environments: patterns, services: patterns, owners: patterns },
    { requiredKeys: ['who', 'verbs'] },
  );
  return fc.record({
    people: fc.uniqueArray(fc.record({ id: personIds, name: fc.constant('N'), teams: list(teamIds) }), {
      selector: ({ id }) => id,
      maxLength: 3,
    }),
    teams: list(teamIds),
    rights: fc.array(right as fc.Arbitrary<Record<string, string[]>>, { maxLength: 4 }),
  });
}

export const personIds = fc.constantFrom('ada', 'bob', 'checkout', 'ops', 'ada-x', '7');
