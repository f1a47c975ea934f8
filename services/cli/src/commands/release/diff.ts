import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { parseNames } from '../../core/one-of.ts';
import { UsageError } from '../../core/usage-error.ts';
import { currentBranch } from '../../source/git-facts.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { assertArtifactId } from './release-target.ts';
import { showDiff } from './show-plan.ts';

export const diff = defineCommand({
  noun: 'diff',
  summary: 'Shows how the objects of an environment would change by a release.',
  usage: ['<env>[,<env>…] [<branch>]', '<env>[,<env>…] --artifact <id>'],
  args: {
    environments: { summary: 'One environment, or several with commas between them.' },
    branch: {
      optional: true,
      summary: 'The branch whose latest artifact is compared; by default the one checked out.',
    },
  },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    artifact: { type: 'string', value: 'id', summary: 'This artifact instead of the latest of a branch.' },
  },
  shows: true,
  examples: [{ line: 'release-cli diff prod main', says: 'what would a release of main change in prod?' }],
  async run({ args, options, context }) {
    const environments = parseNames('The list of environments', args.environments);
    const service = await resolveService(context, options.service);
    const source = await chooseSource(options.artifact, args.branch, () => currentBranch(context.world));
    const { plans } = await (await context.api()).call('planRelease', { service, environments, ...source });
    await showDiff(context.output, plans);
    return exitCodes.done.code;
  },
});

async function chooseSource(
  artifact: string | undefined,
  branch: string | undefined,
  checkedOut: () => Promise<string | undefined>,
): Promise<{ artifact: string } | { branch: string }> {
  if (artifact !== undefined) {
    if (branch !== undefined) throw new UsageError('Give either a branch or --artifact, not both.');
    assertArtifactId(artifact);
    return { artifact };
  }
  const chosen = branch ?? (await checkedOut());
  if (chosen === undefined)
    throw new UsageError('Which branch? None is checked out here.', 'release-cli diff <env> <branch>');
  return { branch: chosen };
}
