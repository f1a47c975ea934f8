import { randomUUID } from 'node:crypto';

import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { carryOut, defaultFollowSeconds } from './carry-out.ts';
import { parseReleaseTarget } from './release-target.ts';
import { showPlans } from './show-plan.ts';

export const followOptions = {
  'no-wait': { type: 'boolean', summary: 'Returns as soon as the manager has taken it.' },
  timeout: {
    type: 'string',
    value: 'time',
    summary: 'How long to follow it; 30m by default. It goes on all the same.',
  },
} as const;

export const release = defineCommand({
  noun: 'release',
  summary: 'Puts the latest artifact of a branch, or one artifact, into environments.',
  details: [
    'Follows it to its end: on a terminal in place, otherwise one line per change. Ctrl-C stops the following, never the release.',
  ],
  usage: ['<branch> <env>[,<env>…]', '--artifact <id> <env>[,<env>…]'],
  args: {
    branch: { optional: true, summary: 'The branch whose latest artifact is released; absent with --artifact.' },
    environments: { optional: true, summary: 'One environment, or several with commas between them.' },
  },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    artifact: { type: 'string', value: 'id', summary: 'This artifact instead of the latest of a branch.' },
    reason: { type: 'string', value: 'text', summary: 'Why, for the record and the commit.' },
    'dry-run': { type: 'boolean', summary: 'Shows what would be decided and written, and changes nothing.' },
    ...followOptions,
  },
  shows: true,
  examples: [
    { line: 'release-cli release main dev', says: 'the latest artifact of main into dev' },
    {
      line: 'release-cli release main staging,prod --dry-run',
      says: 'what would change there, and would it be allowed?',
    },
    {
      line: 'release-cli release --artifact main-0123456789-abcdef0123 prod --reason "fix for the cart"',
      says: 'exactly this one',
    },
  ],
  async run({ args, options, context }) {
    const target = parseReleaseTarget(args.branch, args.environments, options.artifact);
    const timeoutSeconds = parseDuration(options.timeout, defaultFollowSeconds);
    const service = await resolveService(context, options.service);
    const api = await context.api();
    if (options['dry-run']) {
      const { plans } = await api.call('planRelease', { service, ...target });
      return showPlans(context.output, plans);
    }
    const { outcomes } = await api.call('requestRelease', {
      service,
      ...target,
      reason: options.reason,
      idempotencyKey: randomUUID(),
    });
    return carryOut(context, api, outcomes, { service, wait: !options['no-wait'], timeoutSeconds });
  },
});
