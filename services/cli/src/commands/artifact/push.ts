import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

import type { ArtifactSpec } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { readSourceFacts } from '../../source/source-facts.ts';
import { awaitVerdict, doubtOf, isReady, sayFindings } from './artifact-verdict.ts';
import { buildArtifactSpec } from './build-artifact-spec.ts';
import { findBuildFile, readBuildFile, type BuildFile } from './build-file.ts';
import { readArtifactFolder } from './read-artifact-folder.ts';
import { factsFromFlags, releaseYamlFor, sourceOptions } from './source-options.ts';
import { uploadZip } from './upload-zip.ts';

export const pushArtifact = defineCommand({
  noun: 'artifact',
  verb: 'push',
  summary: 'Uploads rendered manifests as an artifact and waits for the verdict on them.',
  details: [
    'The folder holds one folder per environment with rendered YAML. Who the service is comes from release.yaml; branch, commit, author and job come from the variables of GitHub Actions, GitLab, CircleCI or Jenkins, then from git. Flags override each.',
    'The id of the artifact stands alone on stdout, also when something was rejected. Running it again with the same files and commit changes nothing.',
    'After `artifact init` it also sends what `artifact add` has written down, and the build is finished.',
  ],
  args: { folder: { summary: 'The folder with one folder per environment.' } },
  options: {
    ...sourceOptions,
    namespace: { type: 'string', value: 'name', summary: 'Its namespace in every environment.' },
    owner: { type: 'string', value: 'team', summary: 'The team that owns it.' },
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
    const flags = { service: options.service, namespace: options.namespace, owner: options.owner };
    const described = buildArtifactSpec({ flags, file, facts, files });
    const build = await buildOf(context, described);
    const spec = await checkedSpec(build === undefined ? described : { ...described, checks: [...build.checks] });
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
    return push(context, { spec, zip: new Uint8Array(zip), buildId: build?.buildId }, timeout);
  },
});

interface Packed {
  readonly spec: ArtifactSpec;
  readonly zip: Uint8Array<ArrayBuffer>;
  readonly buildId: string | undefined;
}

async function push(context: Context, { spec, zip, buildId }: Packed, timeout: number): Promise<ExitCode> {
  const { world, output } = context;
  const api = await context.api();
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const registered = await api.call('registerArtifact', { spec, size: zip.length, sha256, buildId });
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
  const doubt = doubtOf(verdict);
  if (doubt !== undefined) output.warn(doubt.message, doubt.next);
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

/** What the steps before have written down, where it is of this very commit. */
async function buildOf({ world, output }: Context, { service, source }: ArtifactSpec): Promise<BuildFile | undefined> {
  const path = await findBuildFile(world.cwd);
  if (path === undefined) return undefined;
  const build = await readBuildFile(path);
  const { branch, sha } = build.source;
  if (build.service === service && branch === source.branch && sha === source.sha) return build;
  output.warn(
    `${path} is of ${build.service}, ${branch} at ${sha.slice(0, 10)}: it is left aside.`,
    '`release-cli artifact init` begins the build of this commit',
  );
  return undefined;
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
