import type { ConfigSnapshot, LocatedPerson, LocatedRight } from '@release-manager/config-repo';
import type { DoctorCheck } from '@release-manager/contract';

import type { AccessInForce } from './access-in-force.ts';

const name = 'people and rights';

/** What counts, and what in the two files gives nobody anything. What is broken is said with its own file and line. */
export function checkAccess(access: AccessInForce, snapshot: ConfigSnapshot): DoctorCheck[] {
  const remarks = [...peopleRemarks(access), ...rightsRemarks(access, snapshot)];
  return [
    ...(access.notices.length > 0
      ? access.notices.map((message): DoctorCheck => ({ name, status: 'warning', message, next: 'mend the file' }))
      : [{ name, status: 'ok' as const, message: summary(access) }]),
    ...remarks.map(({ where, message, next }): DoctorCheck => ({ name: where, status: 'warning', message, next })),
  ];
}

interface Remark {
  readonly where: string;
  readonly message: string;
  readonly next: string;
}

function summary({ people, mapped, rights }: AccessInForce): string {
  const who = mapped
    ? `${people.size} named in people.yaml`
    : 'people.yaml names nobody: every person with a token counts';
  return `${who}; ${rights === undefined ? 'rights by default' : `${rights.entries.length} in rights`}`;
}

function peopleRemarks({ people, teams }: AccessInForce): readonly Remark[] {
  return [...people.values()].flatMap((person) => undeclaredTeams(person, teams));
}

function undeclaredTeams({ id, line, teams: own }: LocatedPerson, teams: AccessInForce['teams']): readonly Remark[] {
  return own
    .filter((team) => !teams.has(team))
    .map((team) => ({
      where: `people.yaml:${line}`,
      message: `${id} is in the team ${team}, which is not declared: it gives ${id} nothing`,
      next: `add this line to people.yaml, below teams: - { id: ${team} }`,
    }));
}

function rightsRemarks({ rights, people, teams, mapped }: AccessInForce, snapshot: ConfigSnapshot): readonly Remark[] {
  const declared = new Set(snapshot.environments.map((environment) => environment.name));
  const isNobody = (who: string): boolean =>
    who.startsWith('team:') ? !teams.has(who.slice('team:'.length)) : who !== '*' && mapped && !people.has(who);
  return (rights?.entries ?? []).flatMap((right) => [
    ...right.who.filter(isNobody).map((who) => remark(right, `people.yaml names no ${who}`)),
    ...(right.environments ?? [])
      .filter((one) => !one.includes('*') && !declared.has(one))
      .map((one) => remark(right, `there is no environment ${one}`)),
  ]);
}

function remark({ line }: LocatedRight, message: string): Remark {
  return {
    where: `release-manager.yaml:${line}`,
    message: `${message}: this right gives nothing by it`,
    next: 'correct the name, or take it out',
  };
}
