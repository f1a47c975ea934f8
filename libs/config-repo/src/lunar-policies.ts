import { messageOf } from '@release-manager/domain';
import { parsePolicy, policyId, regexProblem, type Policy } from '@release-manager/policies';
import { z } from 'zod';

import { issueWords } from './issue-words.ts';
import type { FileProblem } from './problem.ts';
import type { LocatedPolicy } from './snapshot.ts';
import type { Path, YamlFile } from './yaml-file.ts';

const text = z.string().max(500);

/** `policies/<service>.json` of Lunar's release manager. */
const LunarFile = z.strictObject({
  service: text,
  autoReleases: z.array(z.strictObject({ id: text.optional(), branch: text, environment: text })).nullish(),
  branchRestrictions: z.array(z.strictObject({ id: text.optional(), branchRegex: text, environment: text })).nullish(),
});

export interface LunarPolicies {
  readonly policies: readonly LocatedPolicy[];
  readonly problems: readonly FileProblem[];
}

/**
 * Lunar's file as our rules. Its branches are exact names and never patterns. Its regular expressions are unanchored (Go's
 * `MatchString`): they are wrapped so that they go on meaning what they meant, since ours must match the whole branch.
 */
export function readLunarPolicies(file: string, service: string, yaml: YamlFile): LunarPolicies {
  const scope = { kind: 'service', service } as const;
  const problem = (path: Path, message: string): FileProblem => ({ file, line: yaml.lineOf(path), message, scope });
  const parsed = LunarFile.safeParse(yaml.value);
  if (!parsed.success) {
    const { message, path } = issueWords(parsed.error);
    const at = path.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    return { policies: [], problems: [problem(at, `The file cannot be used: ${message}.`)] };
  }
  if (parsed.data.service !== service) {
    return { policies: [], problems: [problem(['service'], `The file says service: ${parsed.data.service}.`)] };
  }
  const policies: LocatedPolicy[] = [];
  const problems: FileProblem[] = [];
  const read = (path: Path, raw: Record<string, unknown>, toPolicy: () => Policy): void => {
    try {
      const policy = toPolicy();
      policies.push({ id: policyId(policy), scope: 'service', policy, raw, file, line: yaml.lineOf(path) });
    } catch (error) {
      problems.push(problem(path, messageOf(error)));
    }
  };
  for (const [index, entry] of (parsed.data.autoReleases ?? []).entries()) {
    const { branch, environment } = entry;
    read(['autoReleases', index], entry, () => parsePolicy({ kind: 'auto-release', ...exact(branch), environment }));
  }
  for (const [index, entry] of (parsed.data.branchRestrictions ?? []).entries()) {
    read(['branchRestrictions', index], entry, () => restriction(entry));
  }
  return { policies, problems };
}

/** A branch name that holds a `*` is no possible branch; one that holds other special characters of a glob is quoted. */
function exact(branch: string): { branch: string } | { branchRegex: string } {
  return /^[^*?[\]{}]+$/.test(branch) ? { branch } : { branchRegex: branch.replaceAll(/[^\w/-]/g, String.raw`\$&`) };
}

function restriction(entry: { readonly branchRegex: string; readonly environment: string }): Policy {
  const { branchRegex, environment } = entry;
  const wrong = regexProblem(branchRegex);
  if (wrong !== undefined) throw new TypeError(`branchRegex: ${wrong}.`);
  return parsePolicy({ kind: 'branch-restriction', branchRegex: unanchored(branchRegex), environment });
}

/** The same pattern for an engine that matches the whole text. `^…$` needs no wrapping and stays readable. */
function unanchored(pattern: string): string {
  const anchored = /^\^[^|^$\\]*\$$/.test(pattern);
  return anchored ? pattern : `.*(?:${pattern}).*`;
}
