import type { ReleaseView } from '@release-manager/contract';

import { confirm } from '../../core/confirm.ts';
import type { Context } from '../../core/context.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';

/** Lets automation go on after the database was rebuilt; lists first what goes out. */
export async function resumeAll(
  context: Context,
  { dryRun, yes }: { readonly dryRun: boolean; readonly yes: boolean },
): Promise<ExitCode> {
  const { output } = context;
  const api = await context.api();
  const plan = await api.call('resumeAutomation', { dryRun: true });
  if (dryRun) {
    await show(context, plan.releases, 'nothing would go out');
    return exitCodes.done.code;
  }
  if (plan.state === 'whole') {
    output.say('automation is not held since a loss; `release-cli hold list` shows single holds');
    await show(context, [], '');
    return exitCodes.done.code;
  }
  if (!(await agreed(context, plan.releases, yes))) {
    output.say('nothing was changed');
    return exitCodes.error.code;
  }
  const { releases } = await api.call('resumeAutomation', {});
  output.say('automation goes on');
  await show(context, releases, 'nothing goes out');
  return exitCodes.done.code;
}

async function agreed(context: Context, releases: readonly ReleaseView[], yes: boolean): Promise<boolean> {
  const { output, world } = context;
  for (const { service, environment, artifact } of releases)
    output.say(`would go out: ${service} ${environment} ${artifact ?? 'undeploy'}`);
  if (yes) return true;
  // What goes out here was not asked for by whoever runs a script.
  if (!world.stdin.isTTY || !world.stderr.isTTY)
    throw new UsageError('Off a terminal nobody can agree to this list.', 'look at it with --dry-run, then give --yes');
  return confirm(context, `Resume automation, which sends out ${releases.length} releases?`);
}

async function show({ output }: Context, releases: readonly ReleaseView[], empty: string): Promise<void> {
  await output.show({
    value: releases,
    ...(empty === '' ? {} : { empty }),
    table: {
      heads: ['service', 'environment', 'artifact', 'release'],
      rows: releases.map(({ service, environment, artifact, id }) => [
        service,
        environment,
        artifact ?? 'undeploy',
        id,
      ]),
    },
  });
}
