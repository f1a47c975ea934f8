import { defineCommand } from '../../core/define-command.ts';
import { ago } from '../../core/duration.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { oneOf } from '../../core/one-of.ts';
import { parseLimit, sayMore } from '../../core/paging.ts';
import { truncate } from '../../core/text-width.ts';
import { findService } from '../../source/release-yaml.ts';

const states = ['pending', 'uploaded', 'ready', 'rejected'] as const;

export const listArtifacts = defineCommand({
  noun: 'artifact',
  verb: 'list',
  summary: 'Lists artifacts, the last registered first.',
  options: {
    service: { type: 'string', value: 'name', summary: 'Only of this service; that of release.yaml by default.' },
    all: { type: 'boolean', summary: 'Of every service.' },
    branch: { type: 'string', value: 'name', summary: 'Only of this exact branch.' },
    state: { type: 'string', value: states.join('|'), summary: 'Only in this state.' },
    limit: { type: 'string', value: 'number', summary: 'How many at most; 50 by default.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli artifact list --branch main', says: 'what was built from main' },
    { line: 'release-cli artifact list --all --state rejected --json', says: 'what was rejected, for a program' },
  ],
  async run({ options, context }) {
    const { output, world } = context;
    const service = options.all ? undefined : await findService(context, options.service);
    const page = await (
      await context.api()
    ).call('listArtifacts', {
      service,
      branch: options.branch,
      state: oneOf('--state', options.state, states),
      limit: parseLimit(options.limit),
    });
    await output.show({
      value: page.items,
      empty: 'no artifacts',
      table: {
        heads: ['artifact', 'service', 'branch', 'state', 'registered', 'by', 'message'],
        rows: page.items.map((item) => [
          item.id,
          item.service,
          item.branch,
          item.state,
          ago(item.registeredAt, world.now()),
          item.spec.source.author.name,
          truncate(item.spec.source.message?.split('\n')[0] ?? '', 60),
        ]),
      },
    });
    sayMore(output, page);
    return exitCodes.done.code;
  },
});
