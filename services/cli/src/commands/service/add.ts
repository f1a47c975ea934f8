import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { serviceTable } from './describe-service.ts';
import { namespacesOf, otherFields, serviceOptions } from './service-options.ts';

export const addService = defineCommand({
  noun: 'service',
  verb: 'add',
  summary: 'Registers a service before its first upload.',
  args: { name: { summary: 'The name of the service.' } },
  options: serviceOptions,
  shows: true,
  examples: [
    {
      line: 'release-cli service add web --namespace shop --owner checkout',
      says: 'so that nobody else can take the name',
    },
  ],
  async run({ args, options, context }) {
    const namespaces = namespacesOf(options);
    if (namespaces === undefined)
      throw new UsageError('A service needs a namespace.', 'give --namespace, or --namespace-in per environment');
    const service = await (
      await context.api()
    ).call('addService', { name: args.name, namespaces, ...otherFields(options) });
    context.output.say(`${service.name} is registered; its first \`release-cli artifact push\` can come`);
    await context.output.show({ value: service, table: serviceTable([service]) });
    return exitCodes.done.code;
  },
});
