import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { resolveService } from '../../source/release-yaml.ts';

export const deletePolicy = defineCommand({
  noun: 'policy',
  verb: 'delete',
  summary: 'Takes a policy out of the file of a service in the config repo, as a commit in your name.',
  args: { policy: { summary: 'The id of the policy, as `policy list` shows it.' } },
  options: { service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' } },
  shows: true,
  examples: [{ line: 'release-cli policy delete auto-release-main-dev', says: 'with an id of `policy list`' }],
  async run({ args, options, context }) {
    const service = await resolveService(context, options.service);
    const answer = await (await context.api()).call('deletePolicy', { service, policy: args.policy });
    context.output.say(answer.message);
    await context.output.show({ value: answer, table: [] });
    return exitCodes.done.code;
  },
});
