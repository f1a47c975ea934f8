import type { ServiceStatus } from '@release-manager/contract';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { allPages } from '../../core/paging.ts';
import { UsageError } from '../../core/usage-error.ts';
import { findService } from '../../source/release-yaml.ts';
import { statusView } from './status-view.ts';
import { watchStatus } from './status-watch.ts';

export const status = defineCommand({
  noun: 'status',
  summary: 'Shows what is where and how it is: the artifact in each environment, its pods, and what is on its way.',
  options: {
    service: { type: 'string', value: 'name', summary: 'Only this service; that of release.yaml by default.' },
    all: { type: 'boolean', summary: 'Every service, also inside the folder of one.' },
    watch: { type: 'boolean', short: 'w', summary: 'Stays, and shows every change until Ctrl-C.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli status', says: 'of the service whose folder this is' },
    { line: 'release-cli status --watch', says: 'and how its pods come up' },
    { line: 'release-cli status --all --json', says: 'of everything, for a program' },
  ],
  async run({ options, context }) {
    if (options.watch && context.output.format !== 'table')
      throw new UsageError('--watch is for people; a program reads GET /v1/events.');
    const service = options.all ? undefined : await findService(context, options.service);
    const api = await context.api();
    const read = (): Promise<ServiceStatus[]> =>
      allPages((cursor) => api.call('showStatus', { service, cursor, limit: 500 }));
    if (options.watch) {
      await watchStatus(context, api, { read, service });
      return exitCodes.interrupted.code;
    }
    await context.output.show(statusView(await read(), context.world.now()));
    return exitCodes.done.code;
  },
});
