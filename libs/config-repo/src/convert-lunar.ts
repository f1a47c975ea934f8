import { AppError } from '@release-manager/domain';

import { layout } from './layout.ts';
import { readLunarPolicies } from './lunar-policies.ts';
import { applyPolicy } from './policy-edit.ts';
import { isBroken, readYaml } from './yaml-file.ts';

/**
 * Lunar's `policies/<service>.json` as the text of our own file, rule for rule with the same meaning. Whoever writes it
 * removes the JSON file in the same commit: a service with both is stopped.
 * @throws AppError invalid `policy.file-broken` when anything in the file cannot be read; half a translation would drop rules.
 */
export function convertLunarPolicies(content: Uint8Array, service: string): string {
  const file = layout.lunarPolicyFile(service);
  const yaml = readYaml(content);
  const read = isBroken(yaml) ? undefined : readLunarPolicies(file, service, yaml);
  const problem = read === undefined && isBroken(yaml) ? yaml : read?.problems[0];
  if (problem !== undefined) {
    throw new AppError('invalid', 'policy.file-broken', `${file} line ${problem.line}: ${problem.message}`, {
      next: `mend ${file} in the config repo`,
    });
  }
  let text = `service: ${service}\npolicies: []\n`;
  for (const { policy } of read?.policies ?? []) text = applyPolicy(text, service, policy).text;
  return text;
}
