import {
  commitMessage,
  findEnvironment,
  layout,
  planRelease,
  planUndeploy,
  type ConfigSnapshot,
  type Environment,
} from '@release-manager/config-repo';
import { actorName, compact, summarize, type Decision, type RuleOpinion } from '@release-manager/domain';
import type { TreeEdit, TreeReader } from '@release-manager/git';
import { checkManifests, isKindAllowed, parseManifests } from '@release-manager/manifests';

import type { Artifact, ArtifactFiles } from '../../artifacts/index.ts';
import type { OwnedObject } from '../../config-repo/index.ts';
import { decideRelease } from '../decide-release.ts';
import type { Release, ReleaseFailure } from '../release.ts';
import type { SuspendedChild } from '../suspended-children.ts';
import type { BatchOwnership } from './batch-ownership.ts';
import { needsOldManifests, readExisting } from './existing-files.ts';

/** What becomes of one release of the queue on one tip. */
export type Planned =
  | {
      readonly kind: 'write';
      readonly release: Release;
      readonly decision: Decision;
      readonly edits: readonly TreeEdit[];
      readonly message: string;
      readonly folders: readonly PlannedFolder[];
      readonly replacedArtifactId?: string | undefined;
    }
  | {
      readonly kind: 'refuse';
      readonly release: Release;
      readonly decision: Decision;
      readonly failure: ReleaseFailure;
    }
  | { readonly kind: 'hold'; readonly release: Release; readonly decision: Decision }
  /** A move that a release has made already; `by` is that release. */
  | { readonly kind: 'obsolete'; readonly release: Release; readonly by: string | undefined };

/** What the index has to learn when the commit lands; without objects the folder is gone. */
export interface PlannedFolder {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly artifactId?: string;
  readonly objects?: readonly OwnedObject[];
}

/** Where the service lies in the environment on the tip that is being built. */
export interface CurrentFolder {
  readonly namespace: string;
  readonly artifactId?: string | undefined;
  readonly releaseId?: string | undefined;
}

export interface PlanInput {
  readonly release: Release;
  readonly artifact: Artifact | undefined;
  readonly files: ArtifactFiles | undefined;
  /** The files were committed before, and carry the stamp of then. */
  readonly isRestored: boolean;
  /** The artifact was committed there before. */
  readonly onceCommittedThere: boolean;
  /** The namespace that the service is bound to there. */
  readonly namespace: string;
  readonly owner: string | undefined;
  readonly snapshot: ConfigSnapshot;
  readonly tree: TreeReader;
  readonly ownership: BatchOwnership;
  readonly current: readonly CurrentFolder[];
  readonly stops: readonly RuleOpinion[];
  readonly suspended: readonly SuspendedChild[];
  readonly now: Date;
}

/** Decides again on this tip, and says what the commit would be. Reads the tree; changes nothing but the batch's ownership. */
export async function planOne(input: PlanInput): Promise<Planned> {
  const { release, artifact, snapshot, files } = input;
  const decision = decideRelease({
    snapshot,
    service: release.service,
    environment: release.environment,
    artifact,
    intent: release.intent,
    automatic: release.automatic,
    stops: input.stops,
    suspended: input.suspended,
    onceCommittedThere: input.onceCommittedThere,
    now: input.now,
  });
  const environment = findEnvironment(snapshot, release.environment);
  if (decision.verdict === 'denied' || environment === undefined) return refuse(release, decision, deniedBy(decision));
  if (decision.verdict === 'waiting') return { kind: 'hold', release, decision };
  if (release.artifactId === undefined) return planRemoval(input, environment, decision);
  // Nothing to write is never a reason to remove what is there: only who asks for an undeploy gets one.
  if (artifact === undefined || files === undefined) return refuse(release, decision, artifactGone(release.artifactId));
  return planWrite({ ...input, artifact, files }, environment, decision);
}

function artifactGone(id: string): ReleaseFailure {
  return {
    code: 'plan.artifact-gone',
    message: `Nothing is known of the artifact ${id} any more.`,
    next: 'push it again from CI, and release it then',
  };
}

type WriteInput = PlanInput & { readonly artifact: Artifact; readonly files: ArtifactFiles };

async function planWrite(input: WriteInput, environment: Environment, decision: Decision): Promise<Planned> {
  const { release, artifact, namespace, ownership, current } = input;
  const judged = judgeObjects(input, environment);
  if ('failure' in judged) return refuse(release, decision, judged.failure);
  const { objects } = judged;
  const failure =
    ownershipFailure(input, objects) ?? kindFailure(environment, objects) ?? namespaceFailure(input, environment);
  if (failure !== undefined) return refuse(release, decision, failure);
  const plan = planRelease({
    ...compact({ owner: input.owner }),
    environment,
    service: release.service,
    namespace,
    spec: artifact.spec,
    files: input.files.get(release.environment) ?? [],
    release: compact({
      id: release.id,
      intent: release.intent,
      actorName: actorName(release.actor),
      reason: release.reason,
      at: release.requestedAt,
    }),
    existing: await readExisting(input.tree, {
      environment: environment.name,
      namespace,
      service: release.service,
      folder: needsOldManifests(artifact, environment.name),
    }),
  });
  const problem = plan.problems[0];
  if (problem !== undefined) return refuse(release, decision, problem);
  ownership.claim(release.environment, release.service, objects);
  const left = await leaveOthers(input, environment);
  const replaced = (current.find((folder) => folder.namespace === namespace) ?? current[0])?.artifactId;
  return {
    kind: 'write',
    release,
    decision,
    edits: [...plan.edits, ...left.edits],
    message: messageOf(release, decision, { artifactId: artifact.id, replaced }),
    folders: [
      ...left.folders,
      { environment: release.environment, namespace, service: release.service, artifactId: artifact.id, objects },
    ],
    replacedArtifactId: replaced,
  };
}

/**
 * The folders of the service in other namespaces go in the same commit: their Kustomization has the same name, and two of one
 * name would stop the root of the whole environment.
 */
async function leaveOthers(input: PlanInput, environment: Environment) {
  const edits: TreeEdit[] = [];
  const folders: PlannedFolder[] = [];
  for (const { namespace } of input.current.filter((folder) => folder.namespace !== input.namespace)) {
    edits.push(...(await removeFrom(input, environment, namespace)).edits);
    folders.push({ environment: environment.name, namespace, service: input.release.service });
  }
  return { edits, folders };
}

async function removeFrom({ release, tree }: PlanInput, environment: Environment, namespace: string) {
  const otherServices = await servicesIn(tree, environment.name, namespace, release.service);
  return planUndeploy({ environment, service: release.service, namespace, otherServices });
}

/**
 * What the manifests declare, in the namespace that the service has now. They were judged for the one that it had when they
 * were verified; after a move they are judged again, since a fixed namespace in them would be somebody else's. So is what comes
 * out of history.
 */
function judgeObjects(
  { release, artifact, files, namespace, isRestored }: WriteInput,
  environment: Environment,
): { readonly objects: readonly OwnedObject[] } | { readonly failure: ReleaseFailure } {
  const known = artifact.environments[release.environment];
  if (known?.namespace === namespace && !isRestored) return { objects: known.objects };
  const { objects, problems } = checkManifests(parseManifests(files.get(release.environment) ?? []), {
    environment: environment.name,
    service: release.service,
    namespace,
    allowKinds: environment.allowKinds,
    stamped: isRestored,
  });
  const [problem] = problems;
  if (problem === undefined) return { objects };
  const { file, line, message, next } = problem;
  return { failure: compact({ code: 'plan.manifests', message: `${file}:${line} ${message}`, next }) };
}

/** Takes the service out of the environment: from every namespace in which it lies, or from the one that a move leaves. */
async function planRemoval(input: PlanInput, environment: Environment, decision: Decision): Promise<Planned> {
  const { release, ownership, current } = input;
  const leaves = release.leavesNamespace;
  const going = current.filter(({ namespace }) => leaves === undefined || namespace === leaves);
  const staying = current.filter((folder) => !going.includes(folder));
  if (leaves !== undefined && going.length === 0) return { kind: 'obsolete', release, by: staying[0]?.releaseId };
  const edits: TreeEdit[] = [];
  for (const { namespace } of going) {
    const plan = await removeFrom(input, environment, namespace);
    const problem = plan.problems[0];
    if (problem !== undefined) return refuse(release, decision, problem);
    edits.push(...plan.edits);
  }
  if (staying.length === 0) ownership.claim(release.environment, release.service, []);
  return {
    kind: 'write',
    release,
    decision,
    edits,
    message: messageOf(release, decision, { replaced: going[0]?.artifactId }),
    folders: going.map(({ namespace }) => ({ environment: environment.name, namespace, service: release.service })),
    replacedArtifactId: going[0]?.artifactId,
  };
}

interface Written {
  readonly artifactId?: string | undefined;
  readonly replaced?: string | undefined;
}

function messageOf(release: Release, { opinions }: Decision, { artifactId, replaced }: Written): string {
  const policy = release.actor.kind === 'automation' ? release.actor.policy : undefined;
  const place = opinions.find(({ rule }) => policy !== undefined && rule === policy)?.source;
  return commitMessage(
    compact({
      environment: release.environment,
      service: release.service,
      artifactId,
      intent: release.intent,
      actorName: actorName(release.actor),
      policy,
      policySource: place === undefined ? undefined : `${place.file}:${place.line}`,
      releaseId: release.id,
      releasedBy: release.author,
      reason: release.reason,
      replaces: replaced === artifactId ? undefined : replaced,
    }),
  );
}

function refuse(release: Release, decision: Decision, failure: ReleaseFailure): Planned {
  const opinion = { rule: 'plan', verdict: 'denies', explanation: failure.message } as const;
  const said =
    decision.verdict === 'denied' ? decision.opinions : [...decision.opinions, { ...opinion, ...next(failure) }];
  return { kind: 'refuse', release, decision: { ...decision, verdict: 'denied', opinions: said }, failure };
}

function next(failure: ReleaseFailure): { next?: string } {
  return failure.next === undefined ? {} : { next: failure.next };
}

function deniedBy(decision: Decision): ReleaseFailure {
  const way = decision.opinions.find((opinion) => opinion.verdict === 'denies')?.next;
  return { code: 'release.denied', message: summarize(decision), ...(way === undefined ? {} : { next: way }) };
}

function ownershipFailure(input: WriteInput, objects: readonly OwnedObject[]): ReleaseFailure | undefined {
  const { release, ownership } = input;
  const [conflict] = ownership.conflicts(release.environment, release.service, objects);
  if (conflict === undefined) return undefined;
  const { kind, name, file } = conflict.object;
  return {
    code: 'plan.foreign-object',
    message: `${kind}/${name} (${file}) belongs to the service ${conflict.owner} in ${release.environment}, and ${release.service} declares it too.`,
    next: `rename it in one of the two, or release ${conflict.owner} without it first`,
  };
}

/** Kinds that need to be allowed are judged on the tip, since `allowKinds` may have changed after the artifact was verified. */
function kindFailure(environment: Environment, objects: readonly OwnedObject[]): ReleaseFailure | undefined {
  const object = objects.find((each) => !isKindAllowed(each, environment.allowKinds));
  if (object === undefined) return undefined;
  return {
    code: 'plan.kind-not-allowed',
    message: `${object.kind}/${object.name} (${object.file}) is of a kind that ${environment.name} does not allow.`,
    next: `an administrator can add ${object.kind} to allowKinds of ${environment.name} in release-manager.yaml`,
  };
}

function namespaceFailure(input: WriteInput, environment: Environment): ReleaseFailure | undefined {
  if (input.namespace !== environment.flux.namespace) return undefined;
  return {
    code: 'plan.flux-namespace',
    message: `${input.namespace} is the namespace of Flux in ${environment.name}; a service cannot live there.`,
    next: `choose another with \`release-cli service set ${input.release.service} --namespace …\``,
  };
}

async function servicesIn(
  tree: TreeReader,
  environment: string,
  namespace: string,
  without: string,
): Promise<string[]> {
  const entries = (await tree.list(`${layout.cluster(environment)}/${namespace}`)) ?? [];
  const own = new Set([layout.namespaceFile('', ''), layout.artifacts('', '')].map((path) => path.split('/').at(-1)));
  return entries
    .filter((entry) => entry.kind === 'file' && !own.has(entry.name))
    .map((entry) => entry.name.replace(/\.yaml$/, ''))
    .filter((name) => name !== without);
}
