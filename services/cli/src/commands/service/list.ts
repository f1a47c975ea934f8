import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { allPages } from '../../core/paging.ts';
import { serviceTable } from './describe-service.ts';

export const listServices = defineCommand({
  noun: 'service',
  verb: 'list',
  summary: 'Lists the registered services by name.',
  shows: true,
  examples: [{ line: 'release-cli service list -o yaml', says: 'all of them, for a program' }],
  async run({ context }) {
    const api = await context.api();
    const services = await allPages((cursor) => api.call('listServices', { cursor, limit: 500 }));
    await context.output.show({
      value: services,
      empty: 'no service is registered yet',
      table: serviceTable(services),
    });
    return exitCodes.done.code;
  },
});
