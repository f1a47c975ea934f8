import type { WhereView } from '@release-manager/contract';
import { isArtifactId } from '@release-manager/domain';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { allPages } from '../../core/paging.ts';
import { UsageError } from '../../core/usage-error.ts';
import { wayLines } from './where-lines.ts';

export const where = defineCommand({
  noun: 'where',
  summary:
    'Says how far a commit came: built, ready, and in each environment committed, applied, healthy, with the times.',
  details: ['Where one commit was built into artifacts of several services, each is shown.'],
  args: {
    commit: { summary: 'The first 7 or more digits of a commit, or an artifact id.', completes: 'artifact' },
  },
  options: {
    service: { type: 'string', value: 'name', summary: 'Only the artifacts of this service.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli where 4f2c9d1', says: 'I merged this: where is it?' },
    { line: 'release-cli where "$(git rev-parse HEAD)"', says: 'and what I have checked out?' },
  ],
  async run({ args, options, context }) {
    const { output, world } = context;
    const what = args.commit.toLowerCase();
    if (!/^[0-9a-f]{7,40}$/.test(what) && !isArtifactId(what))
      throw new UsageError(
        `"${args.commit}" is neither a commit (7 to 40 hex digits) nor an artifact id.`,
        '`git log` shows commits, `release-cli artifact list` artifacts',
      );
    const api = await context.api();
    const { service } = options;
    const ways = await allPages((cursor) => api.call('showWhere', { what, service, cursor, limit: 100 }));
    await output.show({ value: ways, table: ways.flatMap((way) => wayLines(way, world.now())) });
    sayAmbiguous(what, ways, (text) => output.say(text));
    return exitCodes.done.code;
  },
});

function sayAmbiguous(what: string, ways: readonly WhereView[], say: (text: string) => void): void {
  const commits = new Set(ways.map(({ sha }) => sha)).size;
  if (commits > 1) say(`${commits} commits begin with ${what}; more digits tell them apart`);
}
