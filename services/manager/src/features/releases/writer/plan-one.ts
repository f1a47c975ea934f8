import {
  commitMessage,
  layout,
  planRelease,
  planUndeploy,
  type ConfigSnapshot,
  type Environment,
} from '@release-manager/config-repo';
import { actorName, compact, summarize, type Decision, type RuleOpinion } from '@release-manager/domain';
import type { TreeEdit, TreeReader } from '@release-manager/git';

import type { Artifact, ArtifactFiles } from '../../artifacts/index.ts';
import type { OwnedObject } from '../../config-repo/index.ts';
import { decideRelease } from '../decide-release.ts';
import type { Release, ReleaseFailure } from '../release.ts';
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
  | { readonly kind: 'hold'; readonly release: Release; readonly decision: Decision };

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
}

export interface PlanInput {
  readonly release: Release;
  readonly artifact: Artifact | undefined;
  readonly files: ArtifactFiles | undefined;
  /** The namespace that the service is bound to there. */
  readonly namespace: string;
  readonly owner: string | undefined;
  readonly snapshot: ConfigSnapshot;
  readonly tree: TreeReader;
  readonly ownership: BatchOwnership;
  readonly current: readonly CurrentFolder[];
  readonly automationHold?: RuleOpinion | undefined;
  readonly now: Date;
}

/** Decides again on this tip, and says what the commit would be. Reads the tree; changes nothing but the batch's ownership. */
export async function planOne(input: PlanInput): Promise<Planned> {
  const { release, artifact, snapshot } = input;
  const decision = decideRelease({
    snapshot,
    service: release.service,
    environment: release.environment,
    artifact,
    intent: release.intent,
    automatic: release.automatic,
    automationHold: input.automationHold,
    now: input.now,
  });
  if (decision.verdict === 'denied') return refuse(release, decision, deniedBy(decision));
  if (decision.verdict === 'waiting') return { kind: 'hold', release, decision };
  const environment = snapshot.environments.find(({ name }) => name === release.environment);
  if (environment === undefined) return refuse(release, decision, deniedBy(decision));
  return artifact === undefined || input.files === undefined
    ? planRemoval(input, environment, decision)
    : planWrite({ ...input, artifact, files: input.files }, environment, decision);
}

type WriteInput = PlanInput & { readonly artifact: Artifact; readonly files: ArtifactFiles };

async function planWrite(input: WriteInput, environment: Environment, decision: Decision): Promise<Planned> {
  const { release, artifact, namespace, ownership } = input;
  const objects = artifact.environments[release.environment]?.objects ?? [];
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
  return {
    kind: 'write',
    release,
    decision,
    edits: plan.edits,
    message: messageOf(release, artifact.id),
    folders: [
      { environment: release.environment, namespace, service: release.service, artifactId: artifact.id, objects },
    ],
    replacedArtifactId: input.current.find((folder) => folder.namespace === namespace)?.artifactId,
  };
}

/** Takes the service out of the environment, from every namespace in which it lies. */
async function planRemoval(input: PlanInput, environment: Environment, decision: Decision): Promise<Planned> {
  const { release, ownership, current } = input;
  const edits: TreeEdit[] = [];
  for (const { namespace } of current) {
    const plan = planUndeploy({
      environment,
      service: release.service,
      namespace,
      otherServices: await servicesIn(input.tree, environment.name, namespace, release.service),
    });
    const problem = plan.problems[0];
    if (problem !== undefined) return refuse(release, decision, problem);
    edits.push(...plan.edits);
  }
  ownership.claim(release.environment, release.service, []);
  return {
    kind: 'write',
    release,
    decision,
    edits,
    message: messageOf(release, undefined),
    folders: current.map(({ namespace }) => ({ environment: environment.name, namespace, service: release.service })),
    replacedArtifactId: current[0]?.artifactId,
  };
}

function messageOf(release: Release, artifactId: string | undefined): string {
  return commitMessage(
    compact({
      environment: release.environment,
      service: release.service,
      artifactId,
      intent: release.intent,
      actorName: actorName(release.actor),
      policy: release.actor.kind === 'automation' ? release.actor.policy : undefined,
      releaseId: release.id,
      releasedBy: release.author,
      reason: release.reason,
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

/** Cluster-scoped kinds are judged on the tip, since `allowKinds` may have changed after the artifact was verified. */
function kindFailure(environment: Environment, objects: readonly OwnedObject[]): ReleaseFailure | undefined {
  const object = objects.find(({ kind, namespace }) => namespace === '' && !environment.allowKinds.includes(kind));
  if (object === undefined) return undefined;
  return {
    code: 'plan.cluster-scoped',
    message: `${object.kind}/${object.name} (${object.file}) is cluster-scoped, and ${environment.name} does not allow that kind.`,
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
