import { AppError, type ArtifactFile } from '@release-manager/domain';

import { Environment } from './environment.ts';
import { fluxUrl, syncFile, type ConfigRepoSource } from './flux/cluster.ts';
import { mainFileText, peopleText, readmeText, type InitEnvironment } from './init-text.ts';
import { layout } from './layout.ts';

export interface InitInput {
  /** In the order of promotion. */
  readonly environments: readonly InitEnvironment[];
  /** Where clusters read the repository; without it the Flux objects of the root are left out. */
  readonly source?: ConfigRepoSource;
}

/**
 * The files of a new config repo.
 * @throws AppError invalid `init.environments` for none, a name twice, or a name that cannot be used.
 */
export function initialFiles(input: InitInput): readonly ArtifactFile[] {
  const environments = parseEnvironments(input.environments);
  const file = (path: string, text: string): ArtifactFile => ({ path, content: Buffer.from(text) });
  const { source } = input;
  const roots =
    source === undefined
      ? []
      : environments.map((environment) => ({
          path: layout.sync(environment.name, environment.flux.namespace),
          content: syncFile(environment, source),
        }));
  return [
    file('README.md', readmeText),
    file(layout.main, mainFileText(input.environments)),
    file(layout.people, peopleText),
    ...roots,
  ];
}

export interface Additions {
  readonly files: readonly ArtifactFile[];
  /** Paths that the repository has already and that are left as they are. */
  readonly kept: readonly string[];
}

/**
 * What of the initial files a repository with content lacks: what is there is never overwritten. Where Flux was set up by
 * `flux bootstrap` in an environment's folder, its root is there already, and a second one would fight it.
 */
export function missingFiles(files: readonly ArtifactFile[], existingPaths: Iterable<string>): Additions {
  const existing = new Set(existingPaths);
  const inTheWay = ({ path }: ArtifactFile): string | undefined => {
    if (existing.has(path)) return path;
    const bootstrap = path.replace(/sync\.yaml$/, 'gotk-sync.yaml');
    return path.startsWith('clusters/') && existing.has(bootstrap) ? bootstrap : undefined;
  };
  return {
    files: files.filter((file) => inTheWay(file) === undefined),
    kept: files.flatMap((file) => inTheWay(file) ?? []),
  };
}

function parseEnvironments(inputs: readonly InitEnvironment[]): readonly Environment[] {
  if (inputs.length === 0) throw refused('A config repo needs at least one environment.');
  const names = inputs.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refused(`The environment ${twice} is named twice.`);
  return inputs.map(({ name, protected: isProtected = false, layout: fluxLayout = 'plain' }) => {
    const parsed = Environment.safeParse({ name, protected: isProtected, flux: { layout: fluxLayout } });
    if (!parsed.success) throw refused(parsed.error.issues[0]?.message ?? `${name} cannot be used.`);
    return parsed.data;
  });
}

function refused(message: string): AppError {
  return new AppError('invalid', 'init.environments', message, {
    next: 'name the environments in the order of promotion, such as dev and prod',
  });
}

export interface DescribeInitInput extends InitInput {
  readonly kept?: readonly string[];
}

/** What to run in the clusters after the files are pushed, in words and commands. */
export function describeInit(input: DescribeInitInput): string {
  const environments = parseEnvironments(input.environments);
  const lines: string[] = [];
  for (const path of input.kept ?? []) lines.push(`Kept as it is: ${path}`);
  for (const environment of environments) lines.push('', ...clusterSteps(environment, input.source));
  lines.push(
    '',
    'Then start the manager with CONFIG_REPO_URL set to this repository, and a release daemon in each cluster.',
  );
  return `${lines.join('\n').trim()}\n`;
}

function clusterSteps(environment: Environment, source: ConfigRepoSource | undefined): readonly string[] {
  const { namespace, source: sourceName, layout: fluxLayout } = environment.flux;
  const sliced = fluxLayout === 'sliced';
  const install = sliced ? 'flux install --components-extra=source-watcher' : 'flux install';
  const gate = sliced
    ? [
        '  # and start kustomize-controller with --feature-gates=ExternalArtifact=true',
        // What it has not cut anew for a minute, its default, it would remove: also slices that are current (seen with 2.2.2).
        '  # and source-watcher with --artifact-retention-ttl=1h',
      ]
    : [];
  const secret = source?.secretName;
  const credentials =
    secret === undefined
      ? []
      : [
          `  flux create secret git ${secret} --namespace=${namespace} --url=${source === undefined ? '' : fluxUrl(source.url)} …   # read access is enough`,
        ];
  const apply =
    source === undefined
      ? [
          `  # let a GitRepository ${namespace}/${sourceName} read this repository, and a Kustomization apply ./${layout.cluster(environment.name)}`,
        ]
      : [`  kubectl apply -f ${layout.sync(environment.name, namespace)}`];
  return [`In each cluster of ${environment.name}:`, `  ${install}`, ...gate, ...credentials, ...apply];
}
