import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { parseLimit, sayMore } from '../../core/paging.ts';
import { styled } from '../../core/piece.ts';
import { findService } from '../../source/release-yaml.ts';

export const history = defineCommand({
  noun: 'history',
  summary: 'Tells who did what, when and why, the last first.',
  args: { environment: { optional: true, summary: 'Only of this environment.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'Only of this service; that of release.yaml by default.' },
    all: { type: 'boolean', summary: 'Of every service.' },
    release: { type: 'string', value: 'id', summary: 'Only of this release.' },
    limit: { type: 'string', value: 'number', summary: 'How many entries at most; 50 by default.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli history prod', says: 'what reached prod, and by whom' },
    { line: 'release-cli history --all --limit 500 --json', says: 'the record, for a program' },
  ],
  async run({ args, options, context }) {
    const ofRelease = options.release !== undefined;
    const service = options.all || ofRelease ? undefined : await findService(context, options.service);
    const page = await (
      await context.api()
    ).call('listLedger', {
      service,
      environment: args.environment,
      release: options.release,
      limit: parseLimit(options.limit),
    });
    await context.output.show({
      value: page.items,
      empty: 'nothing is recorded',
      table: {
        heads: ['time', 'service', 'environment', 'by', 'what and why'],
        rows: page.items.map((entry) => [
          styled('dim', entry.at),
          entry.service ?? '',
          entry.environment ?? '',
          entry.actor.name,
          entry.cause,
        ]),
      },
    });
    sayMore(context.output, page);
    return exitCodes.done.code;
  },
});
