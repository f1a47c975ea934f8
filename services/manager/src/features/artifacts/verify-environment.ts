import { findEnvironment, type ConfigSnapshot } from '@release-manager/config-repo';
import { namespaceIn, type ManifestProblemView } from '@release-manager/contract';
import { AppError, assertEnvironmentName, kustomizationName, type ArtifactFile } from '@release-manager/domain';
import { objectName, type ManifestObject } from '@release-manager/manifests';

import type { EnvironmentContent } from './artifact.ts';
import { checkGently } from './check-gently.ts';

/** Who owns which objects in the config repo, by `objectKey` of that room. */
export type OwnerOf = (
  environment: string,
  objects: readonly ManifestObject[],
) => Promise<(object: ManifestObject) => string | undefined>;

export interface EnvironmentInput {
  readonly environment: string;
  readonly files: readonly ArtifactFile[];
  readonly service: { readonly name: string; readonly namespaces: Readonly<Record<string, string>> };
  readonly snapshot: ConfigSnapshot;
  readonly ownerOf: OwnerOf;
  /** Lets other work of the process run. */
  readonly breathe: () => Promise<void>;
}

/** As many as the checker lists one by one. */
const mostListed = 100;

/** Judges the rendered files of one environment. Paths in what it finds are below the environment's folder. */
export async function verifyEnvironment(input: EnvironmentInput): Promise<EnvironmentContent> {
  const { environment, files, service, snapshot } = input;
  const refused = nameProblem(environment, service.name) ?? namespaceProblem(input);
  const namespace = namespaceIn(service.namespaces, environment);
  if (refused !== undefined || namespace === undefined) {
    const problems = refused === undefined ? [] : [refused];
    return { state: 'rejected', files: files.length, problems, warnings: [], objects: [] };
  }
  const allowKinds = findEnvironment(snapshot, environment)?.allowKinds ?? [];
  const scope = { environment, service: service.name, namespace, allowKinds };
  const check = await checkGently(files, scope, input.breathe);
  const problems = [...check.problems, ...(await foreignObjects(input, check.objects))];
  return {
    state: problems.length === 0 ? 'ready' : 'rejected',
    files: files.length,
    namespace,
    problems: problems.map((problem) => toView(environment, problem)),
    warnings: [...unknownEnvironment(input), ...check.warnings.map((problem) => toView(environment, problem))],
    objects: check.objects.map(({ apiGroup, kind, namespace: place, name, file }) => ({
      apiGroup,
      kind,
      namespace: place,
      name,
      file,
    })),
  };
}

function nameProblem(environment: string, service: string): ManifestProblemView | undefined {
  try {
    assertEnvironmentName(environment);
    kustomizationName(environment, service);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return atFolder(environment, error.code, error.message, 'rename the folder');
  }
}

function namespaceProblem({ environment, service, snapshot }: EnvironmentInput): ManifestProblemView | undefined {
  const namespace = namespaceIn(service.namespaces, environment);
  if (namespace === undefined) {
    const message = `${service.name} is bound to no namespace in ${environment}.`;
    const command = `release-cli service set ${service.name} --namespace-in ${environment}=<namespace>`;
    return atFolder(environment, 'artifact.no-namespace', message, `have an administrator run \`${command}\``);
  }
  if (findEnvironment(snapshot, environment)?.flux.namespace !== namespace) return undefined;
  const message = `${namespace} is the namespace in which the Flux of ${environment} runs.`;
  return atFolder(environment, 'artifact.flux-namespace', message, 'give the service a namespace of its own');
}

/** Two services that apply one object overwrite each other for ever. The writer judges again, on the tip that it pushes. */
async function foreignObjects(
  { environment, service, ownerOf }: EnvironmentInput,
  objects: readonly ManifestObject[],
): Promise<readonly ManifestProblemView[]> {
  const owner = await ownerOf(environment, objects);
  const foreign = objects.flatMap((object) => {
    const other = owner(object);
    return other === undefined || other === service.name ? [] : [{ object, other }];
  });
  return foreign.slice(0, mostListed).map(({ object, other }) => ({
    file: object.file,
    line: object.line,
    rule: 'artifact.foreign-object',
    message: `${objectName(object)} belongs to the service ${other} in ${environment}, and ${service.name} declares it too.`,
    next: `rename it in one of the two, or release ${other} without it first`,
  }));
}

/** Not declared *yet*, perhaps: it can be released once it is. */
function unknownEnvironment({ environment, snapshot }: EnvironmentInput): readonly ManifestProblemView[] {
  if (!snapshot.initialised || findEnvironment(snapshot, environment) !== undefined) return [];
  const known = snapshot.environments.map(({ name }) => name).join(', ');
  const message = `There is no environment ${environment} in the config repo; there is ${known === '' ? 'none' : known}.`;
  return [atFolder(environment, 'artifact.unknown-environment', message, 'declare it in release-manager.yaml')];
}

function atFolder(environment: string, rule: string, message: string, next: string): ManifestProblemView {
  return { file: `${environment}/`, line: 1, rule, message, next };
}

/** A finding about the folder as a whole names it as a folder, so that nobody takes it for a file in it. */
function toView(environment: string, { file, line, rule, message, next }: ManifestProblemView): ManifestProblemView {
  const place = file === environment ? `${environment}/` : file;
  return { file: place, line, rule, message, ...(next === undefined ? {} : { next }) };
}
