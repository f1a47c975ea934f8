import type { Check } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { oneOf } from '../../core/one-of.ts';
import { UsageError } from '../../core/usage-error.ts';
import { changeBuildFile, findBuildFile, readBuildFile } from './build-file.ts';
import { reportBuild } from './report-build.ts';

const statuses = ['passed', 'failed', 'running', 'skipped'] as const;

export const addCheck = defineCommand({
  noun: 'artifact',
  verb: 'add',
  summary: 'Adds a check to the build that `artifact init` began, such as tests or a scan.',
  details: [
    'The check takes the place of the one of the same kind and name. It goes into .release/build.json and, where a manager can be reached, to the manager at once; after `artifact push` the artifact hears of it as well.',
  ],
  args: {
    kind: { summary: 'What was done: build, test, scan, …' },
    name: { summary: 'Which one of its kind, such as unit.' },
  },
  options: {
    status: { type: 'string', value: statuses.join('|'), summary: 'How it went. Needed.' },
    // Not `url`: that is the manager's, and the token would follow it.
    link: { type: 'string', value: 'url', summary: 'Where it can be looked at.' },
    data: { type: 'strings', value: 'name=value', summary: 'A fact of it; may be given several times.' },
  },
  examples: [
    { line: 'release-cli artifact add test unit --status passed', says: 'after the tests' },
    {
      line: 'release-cli artifact add scan images --status failed --link https://scans.example.com/7 --data critical=2',
      says: 'with where to look and a number',
    },
  ],
  async run({ args, options, context }) {
    const { world, output } = context;
    const status = oneOf('--status', options.status, statuses);
    if (status === undefined) throw new UsageError('How did it go?', `give --status ${statuses.join('|')}`);
    const check = await checked({
      kind: args.kind,
      name: args.name,
      status,
      ...(options.link === undefined ? {} : { url: options.link }),
      ...(options.data.length === 0 ? {} : { data: parseData(options.data) }),
    });
    const path = await findBuildFile(world.cwd);
    if (path === undefined) {
      throw new AppError('invalid', 'build-file.none', 'No build has begun in this folder or above it.', {
        next: 'run `release-cli artifact init` as the first step',
      });
    }
    const build = await changeBuildFile(world, path, async () => {
      const current = await readBuildFile(path);
      return { ...current, checks: merge(current.checks, check) };
    });
    output.say(`${check.kind} ${check.name}: ${check.status}`);
    await reportBuild(context, path, build, check);
    return exitCodes.done.code;
  },
});

function merge(checks: readonly Check[], check: Check): readonly Check[] {
  const index = checks.findIndex(({ kind, name }) => kind === check.kind && name === check.name);
  return index < 0 ? [...checks, check] : checks.with(index, check);
}

/** Values stay text: a version such as 1.10 is no number. */
function parseData(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UsageError(`--data needs name=value, not "${pair}".`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return Object.fromEntries(entries);
}

/** The manager would say the same; here it is said before anything is written. */
async function checked(check: Check): Promise<Check> {
  const { Check: schema } = await import('@release-manager/contract');
  const parsed = schema.safeParse(check);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new UsageError(`The check cannot be described: ${problems.join('; ')}.`);
}
