import { policyConflicts } from '@release-manager/policies';

import { layout } from './layout.ts';
import { noMainFile, readMainFile } from './main-file.ts';
import { readPeopleFile } from './people-file.ts';
import { noPeople } from './people.ts';
import { readPolicyFiles } from './policy-files.ts';
import { harmless, type FileProblem } from './problem.ts';
import type { ConfigSnapshot } from './snapshot.ts';
import type { ConfigFile } from './yaml-file.ts';

/**
 * Reads what people wrote: `release-manager.yaml`, `people.yaml` and `policies/*`. Never throws: whatever the bytes, the
 * answer is a snapshot whose problems say what could not be read and what that stops.
 * @param files by path from the root of the config repo; others are ignored. Of a file beyond `largestFile`, the number of its
 *   bytes is enough: it is a problem like any other broken file.
 */
export function parseConfig(commit: string, files: ReadonlyMap<string, ConfigFile>): ConfigSnapshot {
  const mainContent = files.get(layout.main);
  const main = mainContent === undefined ? noMainFile : readMainFile(mainContent);
  const peopleContent = files.get(layout.people);
  const people = peopleContent === undefined ? noPeople : readPeopleFile(peopleContent);
  // Without the main file no environment is known, and every service would be called broken.
  const services =
    mainContent === undefined
      ? { policies: new Map<string, never>(), problems: [] }
      : readPolicyFiles(files, { environments: main.named, globalPolicies: main.globalPolicies });
  const problems = unique(
    [...main.problems, ...globalConflicts(main), ...people.broken, ...services.problems].map(harmless),
  );
  return {
    commit,
    initialised: mainContent !== undefined,
    environments: main.environments,
    environmentLines: main.environmentLines,
    globalPolicies: main.globalPolicies,
    servicePolicies: services.policies,
    brokenServices: brokenServices(problems),
    people,
    rights: main.rights,
    notifications: main.notifications,
    trustIncoming: main.trustIncoming,
    problems,
  };
}

function globalConflicts(main: { readonly globalPolicies: ConfigSnapshot['globalPolicies'] }): readonly FileProblem[] {
  return policyConflicts(main.globalPolicies).map(({ rules: [rule], message, next }) => ({
    file: rule.file,
    line: rule.line,
    message,
    next,
    scope: { kind: 'nothing' },
  }));
}

/** A conflict among global rules is found again with each service, a field that nobody knows with the rights. */
function unique(problems: readonly FileProblem[]): readonly FileProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function brokenServices(problems: readonly FileProblem[]): ReadonlyMap<string, readonly FileProblem[]> {
  const broken = new Map<string, FileProblem[]>();
  for (const problem of problems) {
    if (problem.scope.kind !== 'service') continue;
    const list = broken.get(problem.scope.service) ?? [];
    list.push(problem);
    broken.set(problem.scope.service, list);
  }
  return broken;
}
