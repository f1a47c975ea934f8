import { confirm } from '../../core/confirm.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { serviceTable } from './describe-service.ts';
import { namespacesOf, otherFields, serviceOptions } from './service-options.ts';

export const setService = defineCommand({
  noun: 'service',
  verb: 'set',
  summary: 'Changes what is bound at registration: namespaces, owner, repository. For administrators.',
  details: ['Another namespace undeploys the old folders; on a terminal it asks first, unless --yes is given.'],
  args: { name: { summary: 'The name of the service.', completes: 'service' } },
  options: { ...serviceOptions, yes: { type: 'boolean', short: 'y', summary: 'Does not ask.' } },
  shows: true,
  examples: [{ line: 'release-cli service set web --owner payments', says: 'another team takes it over' }],
  async run({ args, options, context }) {
    const namespaces = namespacesOf(options);
    const changes = { ...otherFields(options), ...(namespaces === undefined ? {} : { namespaces }) };
    if (Object.keys(changes).length === 0)
      throw new UsageError('Nothing to set.', '`release-cli service set --help` lists what can be set');
    const question = `Another namespace takes ${args.name} out of the old one. Go on?`;
    if (namespaces !== undefined && !options.yes && !(await confirm(context, question))) {
      context.output.say('nothing was changed');
      return exitCodes.error.code;
    }
    const service = await (await context.api()).call('setService', { service: args.name, ...changes });
    await context.output.show({ value: service, table: serviceTable([service]) });
    return exitCodes.done.code;
  },
});
