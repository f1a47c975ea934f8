import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { resolveService } from '../../source/release-yaml.ts';

export const listPolicies = defineCommand({
  noun: 'policy',
  verb: 'list',
  summary: 'Lists the policies that speak of a service, global ones first, and what is broken in their files.',
  options: { service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' } },
  shows: true,
  examples: [{ line: 'release-cli policy list', says: 'which rules count for this service?' }],
  async run({ options, context }) {
    const { output } = context;
    const service = await resolveService(context, options.service);
    const answer = await (await context.api()).call('listPolicies', { service });
    await output.show({
      value: answer,
      empty: `no policy speaks of ${service}`,
      table: {
        heads: ['policy', 'scope', 'rule', 'where'],
        rows: answer.policies.map((policy) => [
          policy.id,
          policy.scope,
          policy.remark === undefined ? policy.summary : `${policy.summary} (${policy.remark})`,
          `${policy.file}:${policy.line}`,
        ]),
      },
    });
    if (output.format === 'table')
      for (const { file, line, message, next } of answer.problems) output.warn(`${file}:${line} ${message}`, next);
    return exitCodes.done.code;
  },
});
