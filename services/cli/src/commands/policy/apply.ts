import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { resolveService } from '../../source/release-yaml.ts';

export const applyPolicy = defineCommand({
  noun: 'policy',
  verb: 'apply',
  summary: 'Adds a policy to the file of a service in the config repo, as a commit in your name.',
  details: ['One that stands there already changes nothing.'],
  args: {
    kind: {
      summary: 'auto-release, branch-restriction, or another kind that the manager knows.',
      completes: ['auto-release', 'branch-restriction'],
    },
  },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    env: { type: 'string', value: 'environment', summary: 'The environment it is about.' },
    branch: { type: 'string', value: 'glob', summary: 'Branches; `*` stays within a path segment, `**` does not.' },
    'branch-regex': { type: 'string', value: 'RE2', summary: 'Branches by a regular expression for the whole name.' },
    set: { type: 'strings', value: 'field=value', summary: 'Another field of the policy; the value is read as YAML.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli policy apply auto-release --branch main --env dev', says: 'every build of main goes to dev' },
    {
      line: "release-cli policy apply branch-restriction --env prod --branch-regex 'main|hotfix/.+'",
      says: 'only these go to prod',
    },
  ],
  async run({ args, options, context }) {
    if (options.branch !== undefined && options['branch-regex'] !== undefined)
      throw new UsageError('Give either --branch or --branch-regex, not both.');
    const policy = {
      kind: args.kind,
      ...given('branch', options.branch),
      ...given('branchRegex', options['branch-regex']),
      ...given('environment', options.env),
      ...(await otherFields(options.set)),
    };
    const service = await resolveService(context, options.service);
    const answer = await (await context.api()).call('applyPolicy', { service, policy });
    context.output.say(answer.message);
    if (answer.policy !== undefined || context.output.format !== 'table')
      await context.output.show({
        value: answer,
        table: answer.policy === undefined ? [] : [[`${answer.policy.id}  ${answer.policy.summary}`]],
      });
    return exitCodes.done.code;
  },
});

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

async function otherFields(pairs: readonly string[]): Promise<Record<string, unknown>> {
  if (pairs.length === 0) return {};
  const { parse } = await import('yaml');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, text] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || text === undefined) throw new UsageError(`--set needs field=value, not "${pair}".`);
      try {
        return [name, parse(text, { maxAliasCount: 0 }) as unknown];
      } catch {
        throw new UsageError(`The value of --set ${name} is no YAML: "${text}".`);
      }
    }),
  );
}
