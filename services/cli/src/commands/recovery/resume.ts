import type { ReleaseView } from '@release-manager/contract';

import { confirm } from '../../core/confirm.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';

export const resume = defineCommand({
  noun: 'resume',
  summary: 'Lets automation go on after the database was rebuilt; lists first what would go out.',
  details: [
    'After a loss of the database everything that is released by a policy waits, since nobody but a person can say whether it was ' +
      'done, undone or forbidden in the time that is forgotten. Releases by people are not stopped.',
    'Needs the right `admin`. On a terminal it asks first, unless --yes is given; off a terminal it needs --yes.',
  ],
  options: {
    all: { type: 'boolean', summary: 'Everything that is held; there is no other choice yet, so that it is said.' },
    'dry-run': { type: 'boolean', summary: 'Only lists what would go out.' },
    yes: { type: 'boolean', short: 'y', summary: 'Does not ask.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli resume --all --dry-run', says: 'what would automation do now?' },
    { line: 'release-cli resume --all --yes', says: 'in a script' },
  ],
  async run({ options, context }) {
    if (!options.all) throw new UsageError('What is to be resumed is not said.', 'run `release-cli resume --all`');
    const api = await context.api();
    const plan = await api.call('resumeAutomation', { dryRun: true });
    if (options['dry-run']) {
      await show(context, plan.releases, 'nothing would go out');
      return exitCodes.done.code;
    }
    if (plan.state === 'whole') {
      context.output.say('automation is not held');
      await show(context, [], '');
      return exitCodes.done.code;
    }
    if (!(await agreed(context, plan.releases, options.yes))) {
      context.output.say('nothing was changed');
      return exitCodes.error.code;
    }
    const { releases } = await api.call('resumeAutomation', {});
    context.output.say('automation goes on');
    await show(context, releases, 'nothing goes out');
    return exitCodes.done.code;
  },
});

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
