import { randomUUID } from 'node:crypto';

import { confirm } from '../../core/confirm.ts';
import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { parseNames } from '../../core/one-of.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { carryOut, defaultFollowSeconds } from './carry-out.ts';
import { followOptions } from './release.ts';
import { showPlans } from './show-plan.ts';

export const undeploy = defineCommand({
  noun: 'undeploy',
  summary: 'Takes the service out of environments: its folder goes, and Flux removes what it applied.',
  details: ['On a terminal it asks first, unless --yes is given; off a terminal it does what it is told.'],
  args: { environments: { summary: 'One environment, or several with commas between them.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    reason: { type: 'string', value: 'text', summary: 'Why, for the record and the commit.' },
    'dry-run': { type: 'boolean', summary: 'Shows what would be decided and removed, and changes nothing.' },
    yes: { type: 'boolean', short: 'y', summary: 'Does not ask.' },
    ...followOptions,
  },
  shows: true,
  examples: [
    { line: 'release-cli undeploy dev --dry-run', says: 'what would go?' },
    { line: 'release-cli undeploy dev --service web --yes', says: 'in a script' },
  ],
  async run({ args, options, context }) {
    const environments = parseNames('The list of environments', args.environments);
    const timeoutSeconds = parseDuration(options.timeout, defaultFollowSeconds);
    const service = await resolveService(context, options.service);
    const api = await context.api();
    const target = { service, environments, undeploy: true } as const;
    if (options['dry-run']) return showPlans(context.output, (await api.call('planRelease', target)).plans);
    const question = `Take ${service} out of ${environments.join(', ')}?`;
    if (!options.yes && !(await confirm(context, question))) {
      context.output.say('nothing was changed');
      return exitCodes.error.code;
    }
    const request = { ...target, reason: options.reason, idempotencyKey: randomUUID() };
    const { outcomes } = await api.call('requestRelease', request);
    return carryOut(context, api, outcomes, { service, wait: !options['no-wait'], timeoutSeconds });
  },
});
