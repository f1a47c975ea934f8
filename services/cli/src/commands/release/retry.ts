import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { carryOut, defaultFollowSeconds } from './carry-out.ts';
import { assertReleaseId } from './follow.ts';
import { followOptions } from './release.ts';

export const retry = defineCommand({
  noun: 'retry',
  summary: 'Asks for the same artifact again, after a release that was denied or failed.',
  args: { release: { summary: 'The id of the release that did not make it.' } },
  options: {
    reason: { type: 'string', value: 'text', summary: 'Why, for the record.' },
    ...followOptions,
  },
  shows: true,
  examples: [{ line: 'release-cli retry rel_01j9z3k8y2v7m5n4p6q0r1s2t3', says: 'once what stood in its way is gone' }],
  async run({ args, options, context }) {
    assertReleaseId(args.release);
    const timeoutSeconds = parseDuration(options.timeout, defaultFollowSeconds);
    const api = await context.api();
    const before = await api.call('showRelease', { id: args.release });
    const outcome = await api.call('retryRelease', { id: args.release, reason: options.reason });
    return carryOut(context, api, [outcome], { service: before.service, wait: !options['no-wait'], timeoutSeconds });
  },
});
