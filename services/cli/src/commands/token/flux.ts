import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';

export const fluxToken = defineCommand({
  noun: 'token',
  verb: 'flux',
  summary: 'Prints the secret that Flux of a cluster signs its events with, alone on stdout; for administrators.',
  args: { environment: { summary: 'The environment.' } },
  options: { cluster: { type: 'string', value: 'name', summary: 'The cluster in it; `default` by default.' } },
  shows: true,
  examples: [
    { line: 'release-cli token flux prod --cluster eu', says: 'for the Secret of the Provider (type generic-hmac)' },
  ],
  async run({ args, options, context }) {
    const { environment } = args;
    const cluster = options.cluster === undefined ? {} : { cluster: options.cluster };
    const { secret, address } = await (await context.api()).call('showFluxSecret', { environment, ...cluster });
    if (context.output.format === 'table') context.output.data(secret);
    else await context.output.show({ value: { secret, address }, table: [] });
    context.output.say(`the Provider sends to ${address}`);
    return exitCodes.done.code;
  },
});
