import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { parseLimit } from '../../core/paging.ts';
import { findService } from '../../source/release-yaml.ts';
import { storyLines } from './history-lines.ts';
import { parseSince } from './history-since.ts';

export const history = defineCommand({
  noun: 'history',
  summary: 'Tells the story of a service in words: who did what, why, by which rule, and how it ended; the last first.',
  args: { environment: { optional: true, summary: 'Only of this environment.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'Only of this service; that of release.yaml by default.' },
    all: { type: 'boolean', summary: 'Of every service.' },
    release: { type: 'string', value: 'id', summary: 'Only of this release.' },
    since: { type: 'string', value: 'time', summary: 'Nothing older: 2d, 6h, or a date such as 2026-05-04.' },
    details: { type: 'boolean', summary: 'Also what matters to few: builds, uploads, tokens.' },
    limit: { type: 'string', value: 'number', summary: 'How many events at most; 50 by default.' },
    before: { type: 'string', value: 'place', summary: 'Continues below the place where another page ended.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli history prod', says: 'what reached prod, by whom and why, and how it ended' },
    { line: 'release-cli history prod --since 24h', says: 'what changed since yesterday' },
    { line: 'release-cli history --all --limit 500 --json', says: 'the whole story, for a program' },
  ],
  async run({ args, options, context }) {
    const { world, output } = context;
    const ofRelease = options.release !== undefined;
    const service = options.all || ofRelease ? undefined : await findService(context, options.service);
    const page = await (
      await context.api()
    ).call('showHistory', {
      service,
      environment: args.environment,
      release: options.release,
      since: parseSince(options.since, world.now()),
      details: options.details ? 'true' : 'false',
      cursor: options.before,
      limit: parseLimit(options.limit),
    });
    await output.show({
      value: page.items,
      empty: options.since === undefined ? 'nothing is recorded' : `nothing happened since ${options.since}`,
      table: storyLines(page.items, world.now()),
    });
    if (page.nextCursor !== undefined)
      output.say(`there is more than these ${page.items.length}; --before ${page.nextCursor} shows what came before`);
    return exitCodes.done.code;
  },
});
