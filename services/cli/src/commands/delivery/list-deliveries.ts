import { DeliveryEndName, DeliveryStateName } from '@release-manager/contract';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { oneOf } from '../../core/one-of.ts';
import { parseLimit, sayMore } from '../../core/paging.ts';
import { UsageError } from '../../core/usage-error.ts';
import { deliveryTable } from './describe-delivery.ts';

const states = DeliveryStateName.options;
const ends = DeliveryEndName.options;

export const listDeliveries = defineCommand({
  noun: 'deliveries',
  summary: 'Shows whether what is told in Slack, on GitHub and elsewhere has arrived, and why not; the newest first.',
  options: {
    failed: { type: 'boolean', summary: 'Only what was refused: short for --state failed.' },
    state: { type: 'string', value: 'state', summary: `Only these: ${states.join(', ')}.`, completes: states },
    end: { type: 'string', value: 'end', summary: `Only to this end: ${ends.join(', ')}.`, completes: ends },
    service: { type: 'string', value: 'name', summary: 'Only of this service.' },
    environment: { type: 'string', value: 'name', summary: 'Only of this environment.' },
    release: { type: 'string', value: 'id', summary: 'Only of this release.' },
    limit: { type: 'string', value: 'number', summary: 'How many at most; 50 by default.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli deliveries --failed', says: 'what did not arrive, and why' },
    { line: 'release-cli deliveries --service web --environment prod', says: 'what was told of web in prod' },
  ],
  async run({ options, context }) {
    const { output, world } = context;
    if (options.failed && options.state !== undefined) throw new UsageError('Give --failed or --state, not both.');
    const page = await (
      await context.api()
    ).call('listDeliveries', {
      service: options.service,
      environment: options.environment,
      release: options.release,
      state: options.failed ? 'failed' : oneOf('--state', options.state, states),
      end: oneOf('--end', options.end, ends),
      limit: parseLimit(options.limit),
    });
    await output.show({
      value: page.items,
      empty: options.failed ? 'nothing was refused' : 'nothing was told of this',
      table: deliveryTable(page.items, world.now()),
    });
    sayMore(output, page);
    return exitCodes.done.code;
  },
});
