import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { holdTable } from './describe-hold.ts';
import { reasonOf } from './reason.ts';
import { parseUntil } from './until.ts';

export const hold = defineCommand({
  noun: 'hold',
  summary: 'Pauses automation for the service in an environment; people can still release.',
  details: [
    'What policies would release waits, the newest only, until somebody runs `resume` or the time of --until has come. Whoever ' +
      'releases by hand meanwhile is told who holds it and why; the hold stays.',
    'Needs the right `hold` there. A second hold takes the place of the first.',
  ],
  args: { environment: { summary: 'The environment.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    until: {
      type: 'string',
      value: 'time',
      summary: 'When automation goes on by itself: 30m, 2h, 3d, 2026-12-24 or 2026-12-24T08:00Z; without it never.',
    },
    reason: { type: 'string', value: 'text', summary: 'Why, for everybody who is stopped; asked for on a terminal.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli hold prod --reason "black friday"', says: 'until somebody resumes' },
    { line: 'release-cli hold prod --until 2h --reason "database migration"', says: 'ends by itself' },
  ],
  async run({ args, options, context }) {
    const { output, world } = context;
    const until = options.until === undefined ? {} : { until: parseUntil(options.until, world.now()) };
    const service = await resolveService(context, options.service);
    const api = await context.api();
    const reason = await reasonOf(context, options.reason);
    const answer = await api.call('setHold', { service, environment: args.environment, reason, ...until });
    output.say(answer.message);
    await output.show({ value: answer, table: holdTable([answer.hold], world.now()) });
    return exitCodes.done.code;
  },
});
