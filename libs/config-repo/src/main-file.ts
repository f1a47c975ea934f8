import { isDnsLabel } from '@release-manager/domain';
import { z } from 'zod';

import { Environment } from './environment.ts';
import { layout } from './layout.ts';
import { fieldOf, readList } from './list-entries.ts';
import { NotificationEntry, type LocatedNotification } from './notifications.ts';
import { RightEntry, type RightsPart } from './people.ts';
import { readPolicies } from './policy-entries.ts';
import { harmless, type FileProblem, type ProblemScope } from './problem.ts';
import type { LocatedPolicy } from './snapshot.ts';
import { isBroken, readYaml, type ConfigFile, type Path, type YamlFile } from './yaml-file.ts';

/** What `release-manager.yaml` says. */
export interface MainFile {
  readonly environments: readonly Environment[];
  /** Where each of them is declared. */
  readonly environmentLines: ReadonlyMap<string, number>;
  /** Every environment that the file names, also those whose entry is broken. */
  readonly named: ReadonlySet<string>;
  readonly globalPolicies: readonly LocatedPolicy[];
  /** Absent when the file names none, and could name some. */
  readonly rights: RightsPart | undefined;
  /** Those that can be used; the others are among the problems, and stop nothing. */
  readonly notifications: readonly LocatedNotification[];
  readonly trustIncoming: readonly string[];
  readonly problems: readonly FileProblem[];
}

const file = layout.main;
const topLevel = ['environments', 'rights', 'notifications', 'policies', 'trustIncoming'];
const all: ProblemScope = { kind: 'all' };
const nothing: ProblemScope = { kind: 'nothing' };

const empty: MainFile = {
  environments: [],
  environmentLines: new Map(),
  named: new Set(),
  globalPolicies: [],
  rights: undefined,
  notifications: [],
  trustIncoming: [],
  problems: [],
};

export function readMainFile(content: ConfigFile): MainFile {
  const yaml = readYaml(content);
  if (isBroken(yaml)) {
    const next = 'mend the file; until then nothing is released';
    return unreadable({ file, line: yaml.line, message: yaml.message, next, scope: all });
  }
  const root = yaml.value;
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    return unreadable(at(yaml, [], `The file must hold fields: ${topLevel.join(', ')}.`, all));
  }
  const environments = readEnvironments(yaml, root);
  const policies = readGlobalPolicies(yaml, root, environments.named);
  const unknown = unknownFields(yaml, root);
  const rights = readRights(yaml, root, unknown);
  const trusted = readTrusted(yaml, root);
  const notifications = readNotifications(yaml, root, environments.named);
  return {
    environments: environments.list,
    environmentLines: environments.lines,
    named: environments.named,
    globalPolicies: policies.policies,
    rights,
    notifications: notifications.entries,
    trustIncoming: trusted.services,
    problems: [
      ...unknown,
      ...environments.problems,
      ...policies.problems,
      ...(rights?.broken ?? []),
      ...notifications.problems,
      ...trusted.problems,
    ],
  };
}

function unreadable(problem: FileProblem): MainFile {
  return { ...empty, rights: { entries: [], line: problem.line, broken: [harmless(problem)] }, problems: [problem] };
}

function at(yaml: YamlFile, path: Path, message: string, scope: ProblemScope): FileProblem {
  return { file, line: yaml.lineOf(path), message, scope };
}

/** A misspelt `policies` would quietly take every global restriction away, so an unknown field stops everything. */
function unknownFields(yaml: YamlFile, root: object): readonly FileProblem[] {
  return Object.keys(root)
    .filter((key) => !topLevel.includes(key))
    .map((key) =>
      at(
        yaml,
        [key],
        `There is no field ${JSON.stringify(key.slice(0, 80))}; known fields: ${topLevel.join(', ')}.`,
        all,
      ),
    );
}

function readEnvironments(
  yaml: YamlFile,
  root: object,
): {
  readonly list: readonly Environment[];
  readonly lines: ReadonlyMap<string, number>;
  readonly named: ReadonlySet<string>;
  readonly problems: FileProblem[];
} {
  const raw = fieldOf(root, 'environments');
  const read = readList(raw, {
    file,
    yaml,
    path: ['environments'],
    schema: Environment,
    what: 'environment',
    fields: Object.keys(Environment.shape),
    blocks: (entry) => environmentScope(fieldOf(entry, 'name')),
  });
  const problems = [...read.problems];
  if (!Array.isArray(raw) || raw.length === 0) {
    problems.push(at(yaml, ['environments'], 'No environment is named, so nothing can be released.', all));
  }
  const list: Environment[] = [];
  const twice = new Set<string>();
  for (const { entry, index } of read.entries) {
    if (list.some((other) => other.name === entry.name)) {
      twice.add(entry.name);
      const message = `The environment ${entry.name} is named twice, and nobody knows which entry counts.`;
      problems.push(at(yaml, ['environments', index], message, { kind: 'environment', environment: entry.name }));
    } else {
      list.push(entry);
    }
  }
  const names = Array.isArray(raw) ? raw.map((entry: unknown) => fieldOf(entry, 'name')) : [];
  return {
    list: list.filter((entry) => !twice.has(entry.name)),
    lines: new Map(read.entries.map(({ entry, index }) => [entry.name, yaml.lineOf(['environments', index])])),
    named: new Set(names.filter((name) => typeof name === 'string')),
    problems,
  };
}

/** What speaks of an environment whose name can be read stops that one; otherwise nobody knows, and it stops all. */
function environmentScope(name: unknown): ProblemScope {
  return typeof name === 'string' && isDnsLabel(name) ? { kind: 'environment', environment: name } : all;
}

function readGlobalPolicies(
  yaml: YamlFile,
  root: object,
  named: ReadonlySet<string>,
): { readonly policies: readonly LocatedPolicy[]; readonly problems: readonly FileProblem[] } {
  // A rule for an environment that does not exist is most likely meant for one that does: it must not go unguarded.
  const scopeOf = (name: unknown): ProblemScope =>
    typeof name === 'string' && named.has(name) ? environmentScope(name) : all;
  const read = readPolicies(fieldOf(root, 'policies'), ['policies'], {
    file,
    yaml,
    scope: 'global',
    blocks: (raw) => scopeOf(fieldOf(raw, 'environment')),
  });
  const unknown = read.policies.filter(({ policy }) => !named.has(policy.environment));
  return {
    policies: read.policies.filter(({ policy }) => named.has(policy.environment)),
    problems: [
      ...read.problems,
      ...unknown.map(({ policy, line }): FileProblem => ({
        file,
        line,
        message: `There is no environment ${policy.environment}; known ones: ${[...named].join(', ')}.`,
        scope: all,
      })),
    ],
  };
}

/** `rights:` without a list is an empty one: whoever takes the last entry out takes a right away. */
function readRights(yaml: YamlFile, root: object, unknown: readonly FileProblem[]): RightsPart | undefined {
  const line = yaml.lineOf(['rights']);
  if (!Object.hasOwn(root, 'rights')) {
    // One of the fields that nobody knows may be `rights`, misspelt: without any, more people would have more of them.
    return unknown.length === 0 ? undefined : { entries: [], line, broken: unknown.map(harmless) };
  }
  const read = readList(fieldOf(root, 'rights'), {
    file,
    yaml,
    path: ['rights'],
    schema: RightEntry,
    what: 'right',
    fields: Object.keys(RightEntry.shape),
    blocks: () => nothing,
  });
  return {
    entries: read.entries.map(({ entry, index }) => ({ ...entry, line: yaml.lineOf(['rights', index]) })),
    line,
    broken: read.problems.map(harmless),
  };
}

function readNotifications(
  yaml: YamlFile,
  root: object,
  named: ReadonlySet<string>,
): { readonly entries: readonly LocatedNotification[]; readonly problems: readonly FileProblem[] } {
  const read = readList(fieldOf(root, 'notifications'), {
    file,
    yaml,
    path: ['notifications'],
    schema: NotificationEntry,
    what: 'notification',
    fields: Object.keys(NotificationEntry.shape),
    blocks: () => nothing,
  });
  const entries = read.entries.map(({ entry, index }) => ({ ...entry, line: yaml.lineOf(['notifications', index]) }));
  const strangers = read.entries.flatMap(({ entry, index }) =>
    (entry.environments ?? [])
      .filter((name) => !name.includes('*') && !named.has(name))
      .map((name) => {
        const message = `There is no environment ${name}; known ones: ${[...named].join(', ')}.`;
        return at(yaml, ['notifications', index, 'environments'], message, nothing);
      }),
  );
  return { entries, problems: [...read.problems, ...strangers] };
}

function readTrusted(
  yaml: YamlFile,
  root: object,
): { readonly services: readonly string[]; readonly problems: readonly FileProblem[] } {
  const read = readList(fieldOf(root, 'trustIncoming'), {
    file,
    yaml,
    path: ['trustIncoming'],
    schema: z.string().refine(isDnsLabel, 'not a possible service name'),
    what: 'service',
    fields: [],
    blocks: () => nothing,
  });
  return { services: read.entries.map(({ entry }) => entry), problems: read.problems };
}

export const noMainFile: MainFile = empty;
