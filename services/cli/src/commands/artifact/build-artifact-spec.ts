import type { ArtifactSpec, ReleaseYaml } from '@release-manager/contract';
import { AppError, artifactId, type ArtifactFile } from '@release-manager/domain';

import type { BuildFacts } from '../../source/build-facts.ts';

export interface SpecInput {
  readonly flags: {
    readonly service?: string | undefined;
    readonly namespace?: string | undefined;
    readonly owner?: string | undefined;
  };
  /** `release.yaml`, with its path below the root of the repository. */
  readonly file?: { readonly content: ReleaseYaml; readonly pathInRepository?: string | undefined } | undefined;
  readonly facts: BuildFacts;
  readonly files: readonly ArtifactFile[];
}

/**
 * The content of `artifact.json`; the same for a retry of the same build.
 * @throws AppError invalid `artifact.unknown` naming each fact that is missing and the flag for it
 */
export function buildArtifactSpec({ flags, file, facts, files }: SpecInput): ArtifactSpec {
  const yaml = file?.content;
  const known = requireAll({
    ...wanted({ flags, file, facts }),
    namespaces: [namespacesOf(flags.namespace, yaml), 'its namespace (release.yaml or --namespace)'],
  });
  const { service, namespaces, ...source } = known;
  return withoutUndefined({
    schemaVersion: 1,
    id: artifactId(known, files),
    service,
    namespaces,
    owner: flags.owner ?? yaml?.owner,
    paths: yaml?.paths,
    links: yaml?.links,
    source: { ...source, ...circumstances({ file, facts }) },
    ci: ciOf(facts),
  }) as ArtifactSpec;
}

/** What is known of a build before anything is rendered; `ci` is empty outside of CI. */
export interface BuildSource {
  readonly service: string;
  readonly source: ArtifactSpec['source'];
  readonly ci: NonNullable<ArtifactSpec['ci']>;
}

/**
 * The same for a build that has only begun.
 * @throws AppError invalid `artifact.unknown`
 */
export function buildSource(input: Omit<SpecInput, 'files'>): BuildSource {
  const { service, ...source } = requireAll(wanted(input));
  return withoutUndefined({
    service,
    source: { ...source, ...circumstances(input) },
    ci: ciOf(input.facts) ?? {},
  }) as BuildSource;
}

function wanted({ flags, file, facts }: Omit<SpecInput, 'files'>) {
  return {
    service: [flags.service ?? file?.content.service, 'the service (release.yaml or --service)'],
    repository: [facts.repository, 'the repository (--repository)'],
    branch: [facts.branch, `the branch (--branch)${whyNoBranch(facts)}`],
    sha: [facts.sha, 'the commit (--sha)'],
    author: [facts.author, 'the author (--author "Name <e-mail>")'],
  } as const satisfies Wanted;
}

function circumstances({ file, facts }: Pick<SpecInput, 'file' | 'facts'>) {
  const { committer, committedAt, url, pullRequest } = facts;
  const message = facts.message?.slice(0, 10_000);
  return { path: file?.pathInRepository, message, committer, committedAt, url, pullRequest };
}

function ciOf({ ci, jobUrl }: BuildFacts): BuildFacts['ci'] | { readonly jobUrl: string } {
  return jobUrl === undefined ? ci : { ...ci, jobUrl };
}

type Wanted = Readonly<Record<string, readonly [unknown, string]>>;
type Known<W extends Wanted> = { readonly [Name in keyof W]: Exclude<W[Name][0], undefined> };

/** All that is missing is said at once: CI is a slow place to learn of it one by one. */
function requireAll<W extends Wanted>(wanted: W): Known<W> {
  const missing = Object.values(wanted).flatMap(([value, name]) => (value === undefined ? [name] : []));
  if (missing.length > 0) {
    throw new AppError(
      'invalid',
      'artifact.unknown',
      `Neither flags nor CI variables nor git say: ${missing.join('; ')}.`,
      { next: 'run it in the checkout of the repository, or give the flags' },
    );
  }
  return Object.fromEntries(Object.entries(wanted).map(([name, [value]]) => [name, value])) as Known<W>;
}

function namespacesOf(flag: string | undefined, yaml: ReleaseYaml | undefined): Record<string, string> | undefined {
  const everywhere = flag ?? yaml?.namespace;
  return everywhere === undefined ? yaml?.namespaces : { default: everywhere };
}

function whyNoBranch(facts: BuildFacts): string {
  return facts.tag === undefined ? '' : `, since this is the build of the tag ${facts.tag}`;
}

/** JSON has no `undefined`, and neither has the contract. */
function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
