import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { parseLimit, sayMore } from '../../core/paging.ts';
import { holdTable } from './describe-hold.ts';

export const listHolds = defineCommand({
  noun: 'hold',
  verb: 'list',
  summary: 'Lists where automation is paused, the oldest first.',
  options: {
    service: { type: 'string', value: 'name', summary: 'Only of this service.' },
    environment: { type: 'string', value: 'name', summary: 'Only in this environment.' },
    stale: { type: 'boolean', summary: 'Only those without an end that are older than seven days.' },
    limit: { type: 'string', value: 'number', summary: 'How many at most; 50 by default.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli hold list --stale', says: 'what did somebody forget?' },
    { line: 'release-cli hold list --environment prod --json', says: 'for a program' },
  ],
  async run({ options, context }) {
    const { output, world } = context;
    const page = await (
      await context.api()
    ).call('listHolds', {
      service: options.service,
      environment: options.environment,
      limit: parseLimit(options.limit),
      ...(options.stale ? { stale: 'true' as const } : {}),
    });
    await output.show({ value: page.items, empty: 'nothing is held', table: holdTable(page.items, world.now()) });
    sayMore(output, page);
    return exitCodes.done.code;
  },
});
