import { createHash } from 'node:crypto';

import { branchSlug, messageOf } from '@release-manager/domain';
import { RE2JS } from 're2js';
import { z } from 'zod';

import { globsIntersect, isLiteral, matchesGlob } from './glob.ts';

const longestPattern = 200;

/** Which branches a rule speaks of: a glob in `branch` or an RE2 pattern in `branchRegex`, never both. */
export interface BranchPattern {
  readonly branch?: string | undefined;
  readonly branchRegex?: string | undefined;
}

const glob = z
  .string()
  .min(1, 'a branch cannot be empty')
  .max(longestPattern, `a branch pattern has at most ${longestPattern} characters`)
  .regex(/^[^\p{Cc}\p{Cf}\s]*$/u, 'a branch has no spaces and no control characters')
  .regex(/^[^?[\]{}]*$/u, 'only * and ** are special here; use branchRegex for more');

const regex = z
  .string()
  .min(1, 'a pattern cannot be empty')
  .max(longestPattern, `a pattern has at most ${longestPattern} characters`)
  .superRefine((pattern, context) => {
    const wrong = regexProblem(pattern);
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
  });

/** The fields of a branch pattern, for the schema of a kind. */
export const branchFields = { branch: glob.optional(), branchRegex: regex.optional() };

export function exactlyOneBranchField(pattern: BranchPattern): boolean {
  return (pattern.branch === undefined) !== (pattern.branchRegex === undefined);
}

export const exactlyOneMessage = 'give exactly one of branch (a glob) and branchRegex (an RE2 pattern)';

/** What is wrong with an RE2 pattern, in words; nothing when it can be used. */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > longestPattern) return `a pattern has at most ${longestPattern} characters`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return `not a pattern that RE2 knows (${messageOf(error)})`;
  }
}

/** Whether the exact branch matches, from its first to its last character. Linear in the length of the branch. */
export function matchesBranch(pattern: BranchPattern, branch: string): boolean {
  if (pattern.branch !== undefined) return matchesGlob(pattern.branch, branch);
  if (pattern.branchRegex !== undefined) return RE2JS.compile(pattern.branchRegex).testExact(branch);
  return false;
}

/**
 * Whether no branch can match both. Two regular expressions are not compared: for them the answer is false unless one side
 * is a plain name.
 */
export function neverTogether(left: BranchPattern, right: BranchPattern): boolean {
  if (left.branch !== undefined && isLiteral(left.branch)) return !matchesBranch(right, left.branch);
  if (right.branch !== undefined && isLiteral(right.branch)) return !matchesBranch(left, right.branch);
  if (left.branch !== undefined && right.branch !== undefined) return !globsIntersect(left.branch, right.branch);
  return false;
}

/** The pattern as it reads in a sentence. */
export function branchWords(pattern: BranchPattern): string {
  return pattern.branch ?? `/${pattern.branchRegex ?? ''}/`;
}

/**
 * `<kind>-<slug>-<environment>`, and a short hash of the exact rule wherever the words alone could be those of another rule:
 * the slug lost something, or it holds a `-`, so that one cannot see where the branch ends and the environment begins.
 */
export function branchRuleId(kind: string, pattern: BranchPattern, environment: string): string {
  const exact = pattern.branch ?? pattern.branchRegex ?? '';
  const readable = `${kind}-${branchSlug(exact)}-${environment}`;
  if (pattern.branch !== undefined && /^[a-z0-9]{1,40}$/.test(exact)) return readable;
  const hash = createHash('sha256').update(
    JSON.stringify([pattern.branch ?? null, pattern.branchRegex ?? null, environment]),
  );
  return `${readable}-${hash.digest('hex').slice(0, 8)}`;
}
