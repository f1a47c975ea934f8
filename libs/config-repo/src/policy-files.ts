import { assertServiceName, messageOf } from '@release-manager/domain';
import { policyConflicts } from '@release-manager/policies';

import { layout } from './layout.ts';
import { fieldOf } from './list-entries.ts';
import { readLunarPolicies } from './lunar-policies.ts';
import { readPolicies } from './policy-entries.ts';
import type { FileProblem, ProblemScope } from './problem.ts';
import type { LocatedPolicy } from './snapshot.ts';
import { isBroken, readYaml, type ConfigFile, type YamlFile } from './yaml-file.ts';

export interface PolicyFiles {
  readonly policies: ReadonlyMap<string, readonly LocatedPolicy[]>;
  readonly problems: readonly FileProblem[];
}

interface Context {
  readonly environments: ReadonlySet<string>;
  readonly globalPolicies: readonly LocatedPolicy[];
}

/** Reads everything below `policies/`. What is wrong with a file stops its own service and no other. */
export function readPolicyFiles(files: ReadonlyMap<string, ConfigFile>, context: Context): PolicyFiles {
  const policies = new Map<string, readonly LocatedPolicy[]>();
  const problems: FileProblem[] = [];
  for (const [path, content] of files) {
    if (!path.startsWith(`${layout.policies}/`)) continue;
    const name = /^policies\/([^/]+)\.(yaml|json)$/.exec(path);
    if (name === null) {
      problems.push(...misplaced(path));
      continue;
    }
    const [, service = '', extension = ''] = name;
    const read = readPolicyFile({ path, service, lunar: extension === 'json' }, content);
    const others = policies.get(service) ?? [];
    if (files.has(layout.policyFile(service)) && files.has(layout.lunarPolicyFile(service)) && extension === 'json') {
      problems.push(twoFiles(path, service));
    }
    policies.set(service, [...others, ...read.policies]);
    problems.push(...read.problems);
  }
  for (const [service, list] of policies) problems.push(...meaning(service, list, context));
  return { policies, problems };
}

/** YAML that lies where nobody reads it would be a rule that its author believes in. */
function misplaced(path: string): readonly FileProblem[] {
  if (!/\.(?:ya?ml|json)$/i.test(path)) return [];
  const message = 'This file is not read: policies lie in policies/<service>.yaml.';
  const service = /^policies\/([^/]+)\.[a-z]+$/i.exec(path)?.[1];
  return [{ file: path, line: 1, message, next: 'rename it', scope: serviceScope(service) }];
}

/** A problem of a name that no service can have stops nothing: no service is meant. */
function serviceScope(service: unknown): ProblemScope {
  if (typeof service !== 'string') return { kind: 'nothing' };
  try {
    assertServiceName(service);
    return { kind: 'service', service };
  } catch {
    return { kind: 'nothing' };
  }
}

function twoFiles(file: string, service: string): FileProblem {
  return {
    file,
    line: 1,
    message: `${service} has two policy files, and nobody can see at a glance what counts.`,
    next: `move the rules into ${layout.policyFile(service)} and remove ${file}`,
    scope: { kind: 'service', service },
  };
}

interface Target {
  readonly path: string;
  readonly service: string;
  readonly lunar: boolean;
}

function readPolicyFile(
  target: Target,
  content: ConfigFile,
): { readonly policies: readonly LocatedPolicy[]; readonly problems: readonly FileProblem[] } {
  const { path: file, service } = target;
  const scope = serviceScope(service);
  try {
    assertServiceName(service);
  } catch (error) {
    return { policies: [], problems: [{ file, line: 1, message: messageOf(error), scope }] };
  }
  const yaml = readYaml(content);
  if (isBroken(yaml)) {
    const next = `mend the file; until then nothing of ${service} is released`;
    return { policies: [], problems: [{ file, line: yaml.line, message: yaml.message, next, scope }] };
  }
  const wrong = nameProblems(target, yaml);
  if (wrong.length > 0) return { policies: [], problems: wrong };
  if (target.lunar) return readLunarPolicies(file, service, yaml);
  const read = readPolicies(fieldOf(yaml.value, 'policies'), ['policies'], {
    file,
    yaml,
    scope: 'service',
    blocks: () => scope,
  });
  return { policies: read.policies, problems: [...unknownFields(target, yaml), ...read.problems] };
}

/** The name in the file must be that of the file: a copy that forgot to change it would rule the wrong service. */
function nameProblems(target: Target, yaml: YamlFile): readonly FileProblem[] {
  const named = fieldOf(yaml.value, 'service');
  if (named === target.service) return [];
  const message =
    typeof named === 'string'
      ? `The file is named after ${target.service}, but says service: ${named.slice(0, 80)}.`
      : `The file must say service: ${target.service}.`;
  const meant = new Map(
    [target.service, named].map((name) => [JSON.stringify(serviceScope(name)), serviceScope(name)]),
  );
  return [...meant.values()]
    .filter((scope) => scope.kind === 'service')
    .map((scope) => ({ file: target.path, line: yaml.lineOf(['service']), message, scope }));
}

function unknownFields(target: Target, yaml: YamlFile): readonly FileProblem[] {
  return Object.keys(yaml.value as object)
    .filter((key) => key !== 'service' && key !== 'policies')
    .map((key) => ({
      file: target.path,
      line: yaml.lineOf([key]),
      message: `There is no field ${JSON.stringify(key.slice(0, 80))}; known fields: service, policies.`,
      scope: serviceScope(target.service),
    }));
}

/** What can only be seen together with the rest: environments that do not exist, rules that exclude each other. */
function meaning(service: string, list: readonly LocatedPolicy[], context: Context): readonly FileProblem[] {
  const problems: FileProblem[] = [];
  for (const { policy, file, line } of list) {
    // Where the main file cannot be read, no name is known to be wrong.
    if (context.environments.size === 0 || context.environments.has(policy.environment)) continue;
    const known = [...context.environments].join(', ');
    const message = `There is no environment ${policy.environment}; known ones: ${known}.`;
    problems.push({ file, line, message, scope: { kind: 'service', service } });
  }
  for (const conflict of policyConflicts([...context.globalPolicies, ...list])) {
    const [rule] = conflict.rules;
    // Such rules block nothing: the restriction stands, and the automation it forbids does not happen.
    problems.push({
      file: rule.file,
      line: rule.line,
      message: conflict.message,
      next: conflict.next,
      scope: { kind: 'nothing' },
    });
  }
  return problems;
}
