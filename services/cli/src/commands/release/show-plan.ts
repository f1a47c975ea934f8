import type { ReleasePlan } from '@release-manager/contract';

import { exitCodes, worstExitCode, type ExitCode } from '../../core/exit-code.ts';
import type { Output } from '../../core/output.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { opinionLines } from './describe-release.ts';

/** The dry run: what would be decided, which files would change, how the objects would differ, and the commit. */
export async function showPlans(output: Output, plans: readonly ReleasePlan[]): Promise<ExitCode> {
  if (output.format === 'table') for (const plan of plans) sayPlan(output, plan);
  else await output.show({ value: plans, table: [] });
  return worstExitCode(plans.map(codeOf));
}

/** The differences alone. */
export async function showDiff(output: Output, plans: readonly ReleasePlan[]): Promise<void> {
  if (output.format !== 'table') {
    await output.show({
      value: plans.map(({ environment, artifact, objects }) => ({ environment, artifact, objects })),
      table: [],
    });
    return;
  }
  for (const plan of plans) {
    if (plan.objects.length === 0) output.say(`${plan.environment}: no object would change`);
    sayObjects(output, plan);
  }
}

function codeOf(plan: ReleasePlan): ExitCode {
  if (plan.decision.verdict === 'denied' || plan.problems.length > 0) return exitCodes.denied.code;
  return exitCodes.done.code;
}

function sayPlan(output: Output, plan: ReleasePlan): void {
  const { decision } = plan;
  const colour = { allowed: 'green', denied: 'red', waiting: 'yellow' } as const;
  output.data(
    styled('bold', plan.environment),
    `: ${plan.artifact ?? 'undeploy'} would be `,
    styled(colour[decision.verdict], decision.verdict),
    plan.alreadyThere ? ' (it is there already)' : '',
  );
  for (const line of opinionLines(decision)) output.data('  ', ...line);
  for (const { code, message, next } of plan.problems) {
    output.data('  ', styled('red', code), `: ${message}`);
    if (next !== undefined) output.data(`    ${next}`);
  }
  for (const { path, change } of plan.files) output.data(`  ${change} ${path}`);
  sayObjects(output, plan);
  output.data(styled('dim', 'commit:'));
  output.block(indent(plan.commitMessage));
}

function sayObjects(output: Output, plan: ReleasePlan): void {
  for (const { change, object, diff } of plan.objects) {
    // A diff may bring a line of its own that names the object and its file.
    if (!diff.startsWith(`${change} `)) output.data(styled('bold', `${change} ${object}`));
    output.block(diff.replace(/\n$/, ''), diffStyle);
  }
}

function diffStyle(line: string): Piece {
  if (line.startsWith('+')) return styled('green', line);
  if (line.startsWith('-')) return styled('red', line);
  if (line.startsWith('@@')) return styled('cyan', line);
  return line.startsWith(' ') ? line : styled('bold', line);
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
