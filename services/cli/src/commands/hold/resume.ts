import type { ReleaseView } from '@release-manager/contract';

import type { ApiResult } from '../../core/api.ts';
import { confirm } from '../../core/confirm.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { resumeAll } from '../recovery/resume-all.ts';
import { releaseTable } from '../release/describe-release.ts';

export const resume = defineCommand({
  noun: 'resume',
  summary: 'Lets automation go on where it is held; says first what goes out.',
  details: [
    'Ends the hold of the service in an environment. Of what waited the newest goes out, unless something else stops it. Needs the ' +
      'right `hold` there. On a terminal it asks first, unless --yes is given.',
    'With --all: after a loss of the database everything that is released by a policy waits, since nobody but a person can say ' +
      'whether it was done, undone or forbidden in the time that is forgotten. Holds stay. Needs the right `admin`; off a terminal ' +
      'it needs --yes.',
  ],
  usage: ['<environment>', '--all'],
  args: { environment: { summary: 'The environment.', optional: true } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    all: { type: 'boolean', summary: 'Everything that is held since the database was rebuilt.' },
    'dry-run': { type: 'boolean', summary: 'Only says what would go out.' },
    yes: { type: 'boolean', short: 'y', summary: 'Does not ask.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli resume prod --dry-run', says: 'what would go out?' },
    { line: 'release-cli resume prod --service web --yes', says: 'in a script' },
    { line: 'release-cli resume --all --dry-run', says: 'after a loss of the database: what would automation do now?' },
  ],
  async run({ args: { environment }, options, context }) {
    const how = { dryRun: options['dry-run'], yes: options.yes };
    if (environment === undefined) {
      if (options.all) return resumeAll(context, how);
      throw new UsageError(
        'What is to be resumed is not said.',
        'run `release-cli resume <environment>`, or `release-cli resume --all`',
      );
    }
    if (options.all) throw new UsageError('Give either an environment or --all, not both.');
    const service = await resolveService(context, options.service);
    return resumeOne(context, { service, environment }, how);
  },
});

interface How {
  readonly dryRun: boolean;
  readonly yes: boolean;
}

type Plan = ApiResult<'liftHold'>;

async function resumeOne(
  context: Context,
  target: { readonly service: string; readonly environment: string },
  { dryRun, yes }: How,
): Promise<ExitCode> {
  const { output } = context;
  const api = await context.api();
  const plan = await api.call('liftHold', { ...target, dryRun: true });
  sayPlan(context, plan);
  if (dryRun || plan.holds.length === 0) {
    await show(context, plan);
    return exitCodes.done.code;
  }
  if (!yes && !(await confirm(context, `Resume ${target.environment}, which sends out ${sent(plan.releases)}?`))) {
    output.say('nothing was changed');
    return exitCodes.error.code;
  }
  const done = await api.call('liftHold', target);
  output.say(done.message);
  for (const { id } of done.releases) output.say(`follow it with \`release-cli follow ${id}\``);
  await show(context, done);
  return exitCodes.done.code;
}

function sayPlan({ output }: Context, { holds, stays, message }: Plan): void {
  for (const { says } of holds) output.say(says);
  output.say(message);
  for (const { release, why } of stays) output.say(`stays: ${release.artifact ?? release.id}: ${why}`);
}

function sent(releases: readonly ReleaseView[]): string {
  return releases.length === 0 ? 'nothing' : releases.map(({ artifact, id }) => artifact ?? id).join(', ');
}

async function show({ output }: Context, plan: Plan): Promise<void> {
  await output.show({ value: plan, table: releaseTable(plan.releases) });
}
