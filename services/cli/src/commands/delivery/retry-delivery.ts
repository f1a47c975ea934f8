import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';

export const retryDelivery = defineCommand({
  noun: 'deliveries',
  verb: 'retry',
  summary: 'Delivers it again: what was refused, or what somebody changed or removed outside.',
  args: { delivery: { summary: 'The id of the delivery, as `release-cli deliveries` shows it.' } },
  shows: true,
  examples: [
    {
      line: 'release-cli deliveries retry dlv_01j9z3k8y2v7m5n4p6q0r1s2t3',
      says: 'once the bot was invited to the channel',
    },
  ],
  async run({ args, context }) {
    const { delivery, message } = await (await context.api()).call('retryDelivery', { id: args.delivery });
    context.output.say(message);
    await context.output.show({ value: delivery, table: [] });
    return exitCodes.done.code;
  },
});
