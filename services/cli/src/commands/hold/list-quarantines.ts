import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { parseLimit, sayMore } from '../../core/paging.ts';
import { quarantineTable } from './describe-hold.ts';

export const listQuarantines = defineCommand({
  noun: 'quarantine',
  verb: 'list',
  summary: 'Lists the artifacts that may not be released, and where; the oldest first.',
  options: {
    service: { type: 'string', value: 'name', summary: 'Only of this service.' },
    environment: { type: 'string', value: 'name', summary: 'Only in this environment.' },
    limit: { type: 'string', value: 'number', summary: 'How many at most; 50 by default.' },
  },
  shows: true,
  examples: [{ line: 'release-cli quarantine list --service web', says: 'what of web is bad?' }],
  async run({ options, context }) {
    const { output, world } = context;
    const page = await (
      await context.api()
    ).call('listQuarantines', {
      service: options.service,
      environment: options.environment,
      limit: parseLimit(options.limit),
    });
    const table = quarantineTable(page.items, world.now());
    await output.show({ value: page.items, empty: 'nothing is quarantined', table });
    sayMore(output, page);
    return exitCodes.done.code;
  },
});
