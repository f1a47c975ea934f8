import { AppError, type RuleOpinion } from '@release-manager/domain';
import type { z } from 'zod';

import { autoRelease } from './auto-release.ts';
import { branchRestriction } from './branch-restriction.ts';
import type { Opinion, PolicyKind, PolicyRequest } from './policy-kind.ts';
import type { PlacedPolicy, Policy } from './policy.ts';
import { overrulings } from './precedence.ts';
import { wayBack } from './way-back.ts';

/** Every kind of rule that there is, by name. */
export const policyKinds = { 'auto-release': autoRelease, 'branch-restriction': branchRestriction } as const;
export type PolicyKindName = keyof typeof policyKinds;

/** The entry of the registry with its own type of rule hidden: it is only ever handed rules of its own kind. */
function kindOf(name: PolicyKindName): PolicyKind<Policy> {
  return policyKinds[name];
}

const kindNames = Object.keys(policyKinds) as PolicyKindName[];

/**
 * A rule from a file or a request.
 * @throws AppError invalid `policy.invalid`, naming the field; its `details.path` leads to it.
 */
export function parsePolicy(raw: unknown): Policy {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw invalid('A policy is a set of fields, such as { kind: auto-release, branch: main, environment: dev }.');
  }
  const name = 'kind' in raw ? raw.kind : undefined;
  const kind = kindNames.find((known) => known === name);
  if (kind === undefined) {
    const given = name === undefined ? 'A policy needs the field kind' : `There is no policy kind ${quote(name)}`;
    throw invalid(`${given}; known kinds: ${kindNames.join(', ')}.`, ['kind']);
  }
  const parsed = kindOf(kind).schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(issue === undefined ? 'The policy cannot be read.' : issueWords(kind, issue), issue?.path ?? []);
}

const fields: Readonly<Record<PolicyKindName, readonly string[]>> = {
  'auto-release': ['kind', 'branch', 'branchRegex', 'environment'],
  'branch-restriction': ['kind', 'environment', 'branch', 'branchRegex'],
};

function issueWords(kind: PolicyKindName, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => quote(key)).join(', ');
    return `${kind} has no field ${names}; its fields are ${fields[kind].join(', ')}.`;
  }
  const field = issue.path.map(String).join('.');
  return `${kind}${field === '' ? '' : `, field ${field}`}: ${issue.message}.`;
}

function quote(value: unknown): string {
  const words: unknown = JSON.stringify(value);
  return (typeof words === 'string' ? words : typeof value).slice(0, 80);
}

function invalid(message: string, path: readonly PropertyKey[] = []): AppError {
  return new AppError('invalid', 'policy.invalid', message, {
    next: 'see docs/policies.md for the kinds and their fields',
    details: { path: path.map(String) },
  });
}

/** Stable while the rule says the same. */
export function policyId(policy: Policy): string {
  return kindOf(policy.kind).id(policy);
}

/** The rule in words. */
export function describePolicy(policy: Policy): string {
  return kindOf(policy.kind).describe(policy);
}

/**
 * What every rule of the request's environment says of it, in the order of the list. A global rule silences the service's
 * own rules of the same kind and environment; those are listed as not concerned, with the reason. A way back to what was there
 * before is asked none of them.
 */
export function evaluatePolicies(policies: readonly PlacedPolicy[], request: PolicyRequest): readonly RuleOpinion[] {
  const back = wayBack(request);
  if (back !== undefined) return [back];
  const here = policies.filter(({ policy }) => policy.environment === request.environment);
  const overruled = overrulings(here);
  const opinions: RuleOpinion[] = [];
  for (const placed of here) {
    const by = overruled.get(placed);
    if (by === undefined) {
      const siblings = here.filter((other) => other.policy.kind === placed.policy.kind && !overruled.has(other));
      const said = kindOf(placed.policy.kind).evaluate(
        placed.policy,
        request,
        siblings.map((sibling) => sibling.policy),
      );
      if (said !== undefined) opinions.push(place(placed, said));
    } else {
      opinions.push(place(placed, { verdict: 'not-concerned', explanation: overruledWords(by) }));
    }
  }
  return [...opinions, ...absences(here, request)];
}

/** Why a service's own rule does not count. */
export function overruledWords(by: PlacedPolicy): string {
  return `does not count: ${by.file} line ${by.line} already rules ${by.policy.environment} for every service`;
}

function place(placed: PlacedPolicy, said: Opinion): RuleOpinion {
  const change = said.ruleIsTheCause === true ? `change ${placed.file} line ${placed.line}` : undefined;
  const next = [said.next, change].filter((way) => way !== undefined).join(', or ');
  return {
    rule: placed.id,
    verdict: said.verdict,
    explanation: said.explanation,
    source: { file: placed.file, line: placed.line },
    ...(next === '' ? {} : { next }),
  };
}

function absences(here: readonly PlacedPolicy[], request: PolicyRequest): readonly RuleOpinion[] {
  return kindNames
    .filter((name) => !here.some(({ policy }) => policy.kind === name))
    .flatMap((name) => {
      const said = kindOf(name).whenAbsent?.(request);
      if (said === undefined) return [];
      const { ruleIsTheCause: _, ...opinion } = said;
      return [{ rule: name, ...opinion }];
    });
}
