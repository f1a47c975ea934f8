import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { UsageError } from '../../core/usage-error.ts';
import { carryOut, defaultFollowSeconds } from './carry-out.ts';

export const follow = defineCommand({
  noun: 'follow',
  summary: 'Follows a release that is under way to its end.',
  args: { release: { summary: 'The id of the release.' } },
  options: {
    timeout: { type: 'string', value: 'time', summary: 'How long to follow it; 30m by default.' },
  },
  shows: true,
  examples: [{ line: 'release-cli follow rel_01j9z3k8y2v7m5n4p6q0r1s2t3', says: 'after Ctrl-C or --no-wait' }],
  async run({ args, options, context }) {
    assertReleaseId(args.release);
    const timeoutSeconds = parseDuration(options.timeout, defaultFollowSeconds);
    const api = await context.api();
    const release = await api.call('showRelease', { id: args.release });
    const outcome = { environment: release.environment, outcome: 'accepted', release, message: release.says } as const;
    return carryOut(context, api, [outcome], { service: release.service, wait: true, timeoutSeconds });
  },
});

/** @throws UsageError */
export function assertReleaseId(text: string): void {
  if (!/^rel_[0-9a-z]{26}$/.test(text))
    throw new UsageError(
      `"${text}" is no release id: one looks like rel_01j9….`,
      '`release-cli status` and `history` show them',
    );
}
