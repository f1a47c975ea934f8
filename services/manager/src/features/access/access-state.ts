import type { ConfigSnapshot, LocatedPerson, LocatedRight, TeamEntry } from '@release-manager/config-repo';

/** What counts of `people.yaml`. */
export interface PeopleState {
  /** The last commit at which the file was valid. */
  readonly commit: string;
  readonly people: readonly LocatedPerson[];
  readonly teams: readonly TeamEntry[];
  /** Whether it names anybody; stays true when a broken file then took everybody out. */
  readonly mapped: boolean;
}

export interface RightsList {
  readonly entries: readonly LocatedRight[];
  /** Where the list begins. */
  readonly line: number;
}

/** What counts of `rights`. */
export interface RightsState {
  readonly commit: string;
  /** Absent when the file names none. */
  readonly list?: RightsList | undefined;
}

/** What counts of both, after all versions up to some commit. A part is absent until a valid version of it was seen. */
export interface AccessState {
  readonly people?: PeopleState | undefined;
  readonly rights?: RightsState | undefined;
}

/**
 * What counts once this version was read (DESIGN 3.4): itself where it is valid; otherwise what counted before, without the
 * people whom a broken file does not name any more. Whom it took out stays out, also when the next version cannot be read at
 * all. Before the config repo was read, what counted before. Pure.
 */
export function advanceAccess(state: AccessState, snapshot: ConfigSnapshot): AccessState {
  if (snapshot.commit === '') return state;
  return { people: advancePeople(state.people, snapshot), rights: advanceRights(state.rights, snapshot) };
}

function advancePeople(state: PeopleState | undefined, { commit, people }: ConfigSnapshot): PeopleState | undefined {
  if (people.broken.length === 0) {
    return { commit, people: people.people, teams: people.teams, mapped: people.people.length > 0 };
  }
  const { ids } = people;
  if (state === undefined || ids === undefined) return state;
  return { ...state, people: state.people.filter(({ id }) => ids.includes(id)) };
}

function advanceRights(state: RightsState | undefined, { commit, rights }: ConfigSnapshot): RightsState | undefined {
  if (rights === undefined) return { commit };
  if (rights.broken.length > 0) return state;
  return { commit, list: { entries: rights.entries, line: rights.line } };
}
