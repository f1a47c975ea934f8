import type { ConfigSnapshot, FileProblem } from '@release-manager/config-repo';

import type { AccessState } from './access-state.ts';

/** What everybody is told while `people.yaml` is not what counts; undefined when it is. */
export function peopleNotice({ people }: AccessState, snapshot: ConfigSnapshot): string | undefined {
  if (snapshot.commit === '') return people === undefined ? undefined : unread('people.yaml', people.commit);
  const [problem] = snapshot.people.broken;
  if (problem === undefined) return undefined;
  if (people === undefined) return `${broken(problem)}. No valid version is known, so what can be read of it counts.`;
  const without = snapshot.people.ids === undefined ? '' : ', without the people whom the broken file does not name';
  return `${broken(problem)}. What it said at ${people.commit.slice(0, 10)} counts${without}.`;
}

/** What everybody is told while `rights` are not what counts; undefined when they are. */
export function rightsNotice({ rights }: AccessState, snapshot: ConfigSnapshot): string | undefined {
  if (snapshot.commit === '') return rights === undefined ? undefined : unread('release-manager.yaml', rights.commit);
  const [problem] = snapshot.rights?.broken ?? [];
  if (problem === undefined) return undefined;
  if (rights === undefined) return `${broken(problem)}. No valid rights are known, so what can be read of them counts.`;
  return `${broken(problem)}. The rights of ${rights.commit.slice(0, 10)} count.`;
}

function unread(file: string, commit: string): string {
  return `The config repo was not read yet; what ${file} said at ${commit.slice(0, 10)} counts.`;
}

function broken({ file, line, message }: FileProblem): string {
  return `${file} is broken at line ${line}: ${message.replace(/\.$/, '')}`;
}
