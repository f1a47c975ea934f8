import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { parseNames } from '../../core/one-of.ts';
import { UsageError } from '../../core/usage-error.ts';
import { assertArtifactId } from '../release/release-target.ts';
import { quarantineTable } from './describe-hold.ts';
import { reasonOf } from './reason.ts';

export const quarantine = defineCommand({
  noun: 'quarantine',
  summary: 'Says that an artifact may not be released any more, by nobody, until it is lifted.',
  details: [
    'What is queued of it is denied. Where it lies already it stays: `rollback` takes it away, and quarantines it too.',
    'By default in every environment where you have the right `rollback`. --lift needs the same right wherever it counts, and ' +
      'releases nothing by itself.',
  ],
  args: { artifact: { summary: 'The id of the artifact.' } },
  options: {
    env: {
      type: 'string',
      value: 'names',
      completes: 'environment',
      summary: 'Only in these environments, with commas between them.',
    },
    reason: { type: 'string', value: 'text', summary: 'Why, for everybody who is stopped; asked for on a terminal.' },
    lift: { type: 'boolean', summary: 'It may be released again.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli quarantine main-0123456789-abcdef0123 --reason "empty carts"', says: 'wherever you may' },
    { line: 'release-cli quarantine main-0123456789-abcdef0123 --lift --env dev', says: 'dev may have it again' },
  ],
  async run({ args, options, context }) {
    assertArtifactId(args.artifact);
    const environments =
      options.env === undefined ? {} : { environments: parseNames('The list of environments', options.env) };
    const target = { id: args.artifact, ...environments };
    if (!options.lift) return set(context, target, options.reason);
    if (options.reason !== undefined) throw new UsageError('--lift takes no reason.');
    return lift(context, target);
  },
});

interface Target {
  readonly id: string;
  readonly environments?: string[];
}

async function set(context: Context, target: Target, given: string | undefined): Promise<ExitCode> {
  const { output, world } = context;
  const api = await context.api();
  const reason = await reasonOf(context, given);
  const answer = await api.call('quarantineArtifact', { ...target, reason });
  output.say(answer.message);
  for (const { id, environment } of answer.denied) output.say(`${id} was on its way to ${environment} and is denied`);
  for (const { id, environment } of answer.onTheirWay)
    output.say(`${id} was being pushed to ${environment} already and may still arrive: \`release-cli follow ${id}\``);
  await output.show({ value: answer, table: quarantineTable(answer.quarantines, world.now()) });
  return exitCodes.done.code;
}

async function lift(context: Context, target: Target): Promise<ExitCode> {
  const answer = await (await context.api()).call('liftQuarantine', target);
  context.output.say(answer.message);
  await context.output.show({ value: answer, table: quarantineTable(answer.lifted, context.world.now()) });
  return exitCodes.done.code;
}
