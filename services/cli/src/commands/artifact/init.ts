import { AppError, messageOf } from '@release-manager/domain';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { readSourceFacts } from '../../source/source-facts.ts';
import { buildSource, type BuildSource } from './build-artifact-spec.ts';
import { buildFilePath, changeBuildFile, parseBuildFile, readBuildFile, type BuildFile } from './build-file.ts';
import { reportBuild } from './report-build.ts';
import { factsFromFlags, releaseYamlFor, sourceOptions } from './source-options.ts';

export const initArtifact = defineCommand({
  noun: 'artifact',
  verb: 'init',
  summary: 'Begins a build in several steps, and tells the manager that it is under way.',
  details: [
    'It writes .release/build.json in the current folder, where `artifact add` and `artifact push` find it. The id of the build stands alone on stdout; every step of a CI run computes the same one, so a run of several jobs may begin in each.',
    'Where no manager can be reached, or there is no token, it only writes the file and warns: `artifact push` sends everything.',
  ],
  options: {
    ...sourceOptions,
    'dry-run': { type: 'boolean', summary: 'Prints the id, writes nothing. Needs no manager.' },
  },
  examples: [
    { line: 'release-cli artifact init', says: 'as the first step in CI' },
    { line: 'release-cli artifact init --service web', says: 'without a release.yaml' },
  ],
  async run({ options, context }) {
    const { world, output } = context;
    const facts = await readSourceFacts(world, factsFromFlags(options));
    const file = await releaseYamlFor(context, options.service, options['release-yaml']);
    const known = buildSource({ flags: { service: options.service }, file, facts });
    const { buildId } = await import('@release-manager/contract');
    const begun = await checked({ ...known, buildId: buildId(known.ci) });
    if (options['dry-run']) {
      output.say('dry run: nothing was written');
    } else {
      const path = buildFilePath(world.cwd);
      const build = await changeBuildFile(world, path, async () => ({
        ...begun,
        checks: await checksSoFar(path, begun),
      }));
      output.say(`${path}: ${build.service}, branch ${build.source.branch}, commit ${build.source.sha}`);
      await reportBuild(context, path, build);
    }
    output.data(begun.buildId);
    return exitCodes.done.code;
  },
});

/** A second `init` of the same build forgets nothing; what another build has left behind says nothing of this one. */
async function checksSoFar(path: string, { service, buildId, source }: BuildFile): Promise<BuildFile['checks']> {
  const found = await readBuildFile(path).catch(() => undefined);
  const isSame = found?.buildId === buildId && found.service === service && found.source.sha === source.sha;
  return isSame ? found.checks : [];
}

/** The manager would say the same; here it is said before anything is written. */
async function checked(known: BuildSource & { readonly buildId: string }): Promise<BuildFile> {
  try {
    return await parseBuildFile({ schemaVersion: 1, ...known, checks: [], reported: false });
  } catch (error) {
    throw new AppError('invalid', 'artifact.spec', `The build cannot be described: ${messageOf(error)}.`, {
      next: 'the flags of `release-cli artifact init --help` override what CI and git say',
      cause: error,
    });
  }
}
