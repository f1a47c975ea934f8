import { AppError, messageOf } from '@release-manager/domain';
import { parsePolicy, policyId } from '@release-manager/policies';

import type { FileProblem, ProblemScope } from './problem.ts';
import type { LocatedPolicy } from './snapshot.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export interface PolicyListContext {
  readonly file: string;
  readonly yaml: YamlFile;
  readonly scope: 'global' | 'service';
  /** What an unreadable entry stops. */
  blocks(raw: unknown): ProblemScope;
}

/** Reads a list of policies entry by entry, so that a broken one takes no other with it. */
export function readPolicies(
  list: unknown,
  path: Path,
  context: PolicyListContext,
): { readonly policies: readonly LocatedPolicy[]; readonly problems: readonly FileProblem[] } {
  if (list === undefined || list === null) return { policies: [], problems: [] };
  if (!Array.isArray(list)) {
    return { policies: [], problems: [problem('policies is a list of rules.', path, context, undefined)] };
  }
  const policies: LocatedPolicy[] = [];
  const problems: FileProblem[] = [];
  for (const [index, raw] of (list as unknown[]).entries()) {
    const at = [...path, index];
    try {
      const policy = parsePolicy(raw);
      const line = context.yaml.lineOf(at);
      const id = policyId(policy);
      const twin = policies.find((other) => other.id === id);
      if (twin !== undefined) continue;
      policies.push({
        id,
        scope: context.scope,
        policy,
        raw: raw as Record<string, unknown>,
        file: context.file,
        line,
      });
    } catch (error) {
      problems.push(problem(messageOf(error), at, context, raw, error));
    }
  }
  return { policies, problems };
}

function problem(
  message: string,
  path: Path,
  context: PolicyListContext,
  ...[raw, error]: [raw: unknown, error?: unknown]
): FileProblem {
  const next = error instanceof AppError ? error.next : undefined;
  return {
    file: context.file,
    line: context.yaml.lineOf(path),
    message,
    ...(next === undefined ? {} : { next }),
    scope: context.blocks(raw),
  };
}
