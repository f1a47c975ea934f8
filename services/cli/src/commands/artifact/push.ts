import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

import type { ArtifactSpec } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { parsePerson, type BuildFacts } from '../../source/build-facts.ts';
import { pathInRepository } from '../../source/git-facts.ts';
import { findReleaseYaml, readReleaseYaml } from '../../source/release-yaml.ts';
import { readSourceFacts } from '../../source/source-facts.ts';
import { awaitVerdict, isReady, sayFindings } from './artifact-verdict.ts';
import { buildArtifactSpec, type SpecInput } from './build-artifact-spec.ts';
import { readArtifactFolder } from './read-artifact-folder.ts';
import { uploadZip } from './upload-zip.ts';

export const pushArtifact = defineCommand({
  noun: 'artifact',
  verb: 'push',
  summary: 'Uploads rendered manifests as an artifact and waits for the verdict on them.',
  details: [
    'The folder holds one folder per environment with rendered YAML. Who the service is comes from release.yaml; branch, commit, author and job come from the variables of GitHub Actions, GitLab, CircleCI or Jenkins, then from git. Flags override each.',
    'The id of the artifact stands alone on stdout, also when something was rejected. Running it again with the same files and commit changes nothing.',
  ],
  args: { folder: { summary: 'The folder with one folder per environment.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service, instead of that of release.yaml.' },
    namespace: { type: 'string', value: 'name', summary: 'Its namespace in every environment.' },
    owner: { type: 'string', value: 'team', summary: 'The team that owns it.' },
    branch: { type: 'string', value: 'name', summary: 'The exact branch.' },
    sha: { type: 'string', value: 'sha', summary: 'The full commit sha.' },
    author: { type: 'string', value: 'person', summary: 'Who wrote the commit, as "Name <e-mail>".' },
    message: { type: 'string', value: 'text', summary: 'The message of the commit.' },
    repository: { type: 'string', value: 'url', summary: 'The source repository.' },
    'job-url': { type: 'string', value: 'url', summary: 'Where the CI job can be looked at.' },
    'release-yaml': { type: 'string', value: 'file', summary: 'The release.yaml, instead of the first one upward.' },
    timeout: { type: 'string', value: 'time', summary: 'How long to wait for the verdict; 5m by default.' },
    'dry-run': { type: 'boolean', summary: 'Packs and checks, prints the id, uploads nothing. Needs no manager.' },
  },
  examples: [
    { line: 'release-cli artifact push rendered', says: 'in CI, with a release.yaml in the repository' },
    {
      line: 'id=$(release-cli artifact push rendered --service web --namespace shop)',
      says: 'without a release.yaml; keeps the id',
    },
  ],
  async run({ args, options, context }): Promise<ExitCode> {
    const { world, output } = context;
    const timeout = parseDuration(options.timeout, 300);
    const files = await readArtifactFolder(resolve(world.cwd, args.folder));
    const facts = await readSourceFacts(world, factsFromFlags(options));
    const file = await releaseYamlFor(context, options.service, options['release-yaml']);
    const spec = await checkedSpec(
      buildArtifactSpec({
        flags: { service: options.service, namespace: options.namespace, owner: options.owner },
        file,
        facts,
        files,
      }),
    );
    const { writeArchive } = await import('@release-manager/archive');
    const specFile = { path: 'artifact.json', content: Buffer.from(`${JSON.stringify(spec, undefined, 2)}\n`) };
    const zip = await writeArchive([specFile, ...files]);
    output.say(
      `${spec.service}: ${files.length} files, ${zip.length} bytes, branch ${spec.source.branch}, commit ${spec.source.sha}`,
    );
    if (options['dry-run']) {
      output.say('dry run: nothing was uploaded');
      output.data(spec.id);
      return exitCodes.done.code;
    }
    return push(context, spec, new Uint8Array(zip), timeout);
  },
});

async function push(
  context: Context,
  spec: ArtifactSpec,
  zip: Uint8Array<ArrayBuffer>,
  timeout: number,
): Promise<ExitCode> {
  const { world, output } = context;
  const api = await context.api();
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const registered = await api.call('registerArtifact', { spec, size: zip.length, sha256 });
  if (registered.upload !== undefined) await uploadZip(world, registered.upload, zip);
  const begun =
    registered.upload === undefined ? registered.artifact : await api.call('completeArtifact', { id: spec.id });
  const verdict = await awaitVerdict(world, api, begun, timeout);
  output.data(spec.id);
  if (verdict === undefined) {
    output.warn('The verdict is still open.', `\`release-cli artifact show ${spec.id}\` shows it`);
    return exitCodes.timeout.code;
  }
  sayFindings(output, verdict);
  if (isReady(verdict)) {
    output.say(`ready for ${Object.keys(verdict.environments).join(', ')}`);
    return exitCodes.done.code;
  }
  const rejected = Object.entries(verdict.environments).filter(([, one]) => one.state === 'rejected');
  output.say(
    verdict.state === 'rejected'
      ? 'rejected: nothing of it can be released'
      : `rejected for ${rejected.map(([environment]) => environment).join(', ')}; the rest can be released`,
  );
  return exitCodes.error.code;
}

interface FactFlags {
  readonly branch: string | undefined;
  readonly sha: string | undefined;
  readonly author: string | undefined;
  readonly message: string | undefined;
  readonly repository: string | undefined;
  readonly 'job-url': string | undefined;
}

function factsFromFlags(flags: FactFlags): BuildFacts {
  const author = parsePerson(flags.author);
  if (flags.author !== undefined && author === undefined)
    throw new UsageError(`--author needs "Name <e-mail>", not "${flags.author}".`);
  return {
    branch: flags.branch,
    sha: flags.sha?.toLowerCase(),
    author,
    message: flags.message,
    repository: flags.repository,
    jobUrl: flags['job-url'],
  };
}

/** A release.yaml of another service says nothing of the one that is pushed. */
async function releaseYamlFor(
  context: Context,
  service: string | undefined,
  given: string | undefined,
): Promise<SpecInput['file']> {
  const { world, output } = context;
  const path = given === undefined ? await findReleaseYaml(world.cwd) : resolve(world.cwd, given);
  if (path === undefined) return undefined;
  const { content } = await readReleaseYaml(path);
  if (service !== undefined && service !== content.service) {
    output.warn(`${path} speaks of ${content.service}, not of ${service}: it is left aside.`);
    return undefined;
  }
  return { content, pathInRepository: await pathInRepository(world, path) };
}

/** The manager would say the same; here it costs no upload. */
async function checkedSpec(spec: ArtifactSpec): Promise<ArtifactSpec> {
  const { ArtifactSpec: schema } = await import('@release-manager/contract');
  const parsed = schema.safeParse(spec);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AppError('invalid', 'artifact.spec', `The artifact cannot be described: ${problems.join('; ')}.`, {
    next: 'the flags of `release-cli artifact push --help` override what CI and git say',
  });
}
