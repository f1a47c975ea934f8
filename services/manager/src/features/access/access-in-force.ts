import type { ConfigSnapshot, LocatedPerson, TeamEntry } from '@release-manager/config-repo';

import { peopleNotice, rightsNotice } from './access-notices.ts';
import type { AccessState, RightsList } from './access-state.ts';
import type { RuleSource } from './judgement.ts';

/** Who is who and who may what, as it counts now: of the files where they are valid, of their last valid version otherwise. */
export interface AccessInForce {
  readonly people: ReadonlyMap<string, LocatedPerson>;
  /** Teams that `people.yaml` declares; of another one nobody is a member. */
  readonly teams: ReadonlyMap<string, TeamEntry>;
  /** Whether `people.yaml` names anybody: whom it does not name is then unmapped, and may only read. */
  readonly mapped: boolean;
  /** Where a person is missing. */
  readonly peopleSource: RuleSource;
  /** Absent where the file names none: people then have what they have by default. */
  readonly rights?: RightsList | undefined;
  /** The commit whose rights count, where it is not the current one. */
  readonly rightsCommit?: string | undefined;
  /** What is broken, and what counts instead; empty when all is well. */
  readonly notices: readonly string[];
}

/** Before anything was read: nobody is named, no right is written down. */
export const nothingSaid: AccessInForce = {
  people: new Map(),
  teams: new Map(),
  mapped: false,
  peopleSource: { file: 'people.yaml', line: 1 },
  notices: [],
};

/** @param state as `advanceAccess` made it of all versions up to this snapshot */
export function accessInForce(state: AccessState, snapshot: ConfigSnapshot): AccessInForce {
  const notices = [peopleNotice(state, snapshot), rightsNotice(state, snapshot)].filter((text) => text !== undefined);
  return { ...peoplePart(state, snapshot), ...rightsPart(state, snapshot), notices };
}

function peoplePart(
  { people }: AccessState,
  snapshot: ConfigSnapshot,
): Pick<AccessInForce, 'people' | 'teams' | 'mapped' | 'peopleSource'> {
  // Of a broken file without any version before it counts what can be read, and that it was meant to name somebody.
  const part = people ?? { ...snapshot.people, mapped: snapshot.people.broken.length > 0 };
  return {
    people: new Map(part.people.map((person) => [person.id, person])),
    teams: new Map(part.teams.map((team) => [team.id, team])),
    mapped: part.mapped,
    peopleSource: { file: 'people.yaml', line: snapshot.people.line },
  };
}

function rightsPart({ rights }: AccessState, snapshot: ConfigSnapshot): Pick<AccessInForce, 'rights' | 'rightsCommit'> {
  if (rights === undefined) return { rights: snapshot.rights };
  const isCurrent = snapshot.commit !== '' && (snapshot.rights?.broken.length ?? 0) === 0;
  return { rights: rights.list, ...(isCurrent ? {} : { rightsCommit: rights.commit }) };
}
