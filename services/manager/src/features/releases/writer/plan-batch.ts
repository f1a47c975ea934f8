import type { ConfigSnapshot } from '@release-manager/config-repo';
import { namespaceIn } from '@release-manager/contract';
import { AppError, decide, messageOf, type GitIdentity, type RuleOpinion } from '@release-manager/domain';
import type { CommitWriter, Oid } from '@release-manager/git';
import type { Database } from '@release-manager/postgres';

import { FolderStore, type OwnedFolder } from '../../config-repo/index.ts';
import { ServiceRecords, type Service } from '../../services/index.ts';
import type { RecoveryGuard } from '../recovery-guard.ts';
import type { Release } from '../release.ts';
import type { Stops } from '../stops.ts';
import type { FluxReports, SuspendedChild } from '../suspended-children.ts';
import { onceCommitted } from '../target-history.ts';
import { BatchArtifacts, type ArtifactDeps } from './batch-artifacts.ts';
import { BatchOwnership } from './batch-ownership.ts';
import { needsOldManifests, prefetchExisting, type ExistingPlace } from './existing-files.ts';
import { planOne, type CurrentFolder, type Planned } from './plan-one.ts';

export interface BatchDeps extends ArtifactDeps {
  readonly database: Database;
  readonly identity: GitIdentity;
  readonly now: () => Date;
  readonly recovery?: RecoveryGuard | undefined;
  readonly stops?: Stops | undefined;
  readonly flux?: FluxReports | undefined;
}

export interface WrittenRelease {
  readonly planned: Extract<Planned, { kind: 'write' }>;
  readonly commit: Oid;
}

/** A release that could not even be planned now; it keeps its place, and its target waits with it. */
export interface Postponed {
  readonly release: Release;
  readonly why: string;
}

type Decided = Exclude<Planned, { kind: 'write' }>;

export interface BatchPlan {
  readonly written: readonly WrittenRelease[];
  /** Refused, waiting or obsolete: a change of the record and none of the config repo. */
  readonly decided: readonly Decided[];
  readonly postponed: readonly Postponed[];
}

/** Plans a batch in the order of the queue and makes one commit per release in the writer's memory. Nothing is pushed. */
export async function planBatch(
  deps: BatchDeps,
  releases: readonly Release[],
  snapshot: ConfigSnapshot,
  writer: CommitWriter,
): Promise<BatchPlan> {
  const facts = await readFacts(deps, releases, snapshot);
  await prefetch(facts, releases, writer);
  const written: WrittenRelease[] = [];
  const decided: Decided[] = [];
  const postponed: Postponed[] = [];
  const blocked = new Set<string>();
  for (const release of releases) {
    const target = targetOf(release);
    if (blocked.has(target)) continue;
    try {
      const planned = await planWith(deps, facts, { release, snapshot, writer });
      if (planned.kind !== 'write') {
        decided.push(planned);
        continue;
      }
      written.push({ planned, commit: await commitOne(deps, writer, planned) });
      facts.current.set(target, currentAfter(facts.current.get(target) ?? [], planned));
    } catch (error) {
      if (isWorthWaiting(error)) {
        // Later releases of the same target must not overtake this one.
        blocked.add(target);
        postponed.push({ release, why: messageOf(error) });
      } else {
        decided.push(brokenPlan(release, error));
      }
    }
  }
  return { written, decided, postponed };
}

/** A store or a remote that is away comes back. Whatever else fails would fail again, and hold up its target for ever. */
function isWorthWaiting(error: unknown): boolean {
  return error instanceof AppError && (error.kind === 'unavailable' || error.kind === 'limited');
}

function brokenPlan(release: Release, error: unknown): Decided {
  const known = error instanceof AppError ? error : undefined;
  const failure = {
    code: known?.code ?? 'plan.failed',
    message: `The release could not be planned: ${messageOf(error)}`,
    next: known?.next ?? `ask again with \`release-cli retry ${release.id}\` once that is mended`,
  };
  const opinion = { rule: 'plan', verdict: 'denies', explanation: failure.message, next: failure.next } as const;
  return { kind: 'refuse', release, decision: decide([...(release.decision?.opinions ?? []), opinion]), failure };
}

/** Only saves time: what could not be fetched together is fetched, and judged, with its own release. */
async function prefetch(facts: Facts, releases: readonly Release[], writer: CommitWriter): Promise<void> {
  const places = releases.map((release) => placeOf(facts, release));
  await prefetchExisting(writer.tree(), places).catch(() => undefined);
}

function targetOf({ environment, service }: Release): string {
  return `${environment}/${service}`;
}

interface Facts {
  readonly artifacts: BatchArtifacts;
  /** Ids of rollbacks to what was committed there before. */
  readonly goingBack: ReadonlySet<string>;
  readonly services: ReadonlyMap<string, Service>;
  readonly ownership: BatchOwnership;
  /** By target; follows the batch as it is planned. */
  readonly current: Map<string, readonly CurrentFolder[]>;
  readonly stopsOn: (release: Release) => readonly RuleOpinion[];
  readonly suspendedOf: (release: Release) => readonly SuspendedChild[];
}

/** Everything that the database knows of the batch, in nine queries whatever its size. */
async function readFacts(deps: BatchDeps, releases: readonly Release[], snapshot: ConfigSnapshot): Promise<Facts> {
  const { database, recovery, stops, flux, now } = deps;
  const names = [...new Set(releases.map(({ service }) => service))];
  const folders = new FolderStore(database.db);
  const [artifacts, goingBack, services, owned, lost, against, suspended] = await Promise.all([
    BatchArtifacts.read(deps, releases, snapshot),
    onceCommitted(
      database.db,
      releases.filter(({ intent }) => intent === 'rollback'),
    ),
    new ServiceRecords(database.db).findMany(names),
    folders.ofServices(names),
    recovery?.automationHold(database.db),
    stops?.on(database.db, releases, now()),
    flux?.suspended(database.db, releases.filter(isWholeUndeploy)),
  ]);
  const wanted = releases.flatMap((release) =>
    (artifacts.of(release)?.environments[release.environment]?.objects ?? []).map((object) => ({
      ...object,
      environment: release.environment,
    })),
  );
  const ownership = await BatchOwnership.read(folders, wanted);
  const stopsOn = (release: Release): readonly RuleOpinion[] => [
    ...(release.automatic && lost !== undefined ? [lost] : []),
    ...(against?.(release) ?? []),
  ];
  const suspendedOf = (release: Release): readonly SuspendedChild[] =>
    isWholeUndeploy(release) ? (suspended?.(release) ?? []) : [];
  return { artifacts, goingBack, services, ownership, current: byTarget(owned), stopsOn, suspendedOf };
}

/** One that leaves a namespace is half of a move, and is not asked: its Kustomization lives on for the other half. */
function isWholeUndeploy({ intent, leavesNamespace }: Release): boolean {
  return intent === 'undeploy' && leavesNamespace === undefined;
}

function byTarget(folders: readonly OwnedFolder[]): Map<string, readonly CurrentFolder[]> {
  const targets = new Map<string, OwnedFolder[]>();
  for (const folder of folders) {
    const target = `${folder.environment}/${folder.service}`;
    targets.set(target, [...(targets.get(target) ?? []), folder]);
  }
  return targets;
}

async function planWith(
  deps: BatchDeps,
  facts: Facts,
  { release, snapshot, writer }: { release: Release; snapshot: ConfigSnapshot; writer: CommitWriter },
): Promise<Planned> {
  const service = facts.services.get(release.service);
  return planOne({
    release,
    ...(await facts.artifacts.load(release)),
    onceCommittedThere: facts.goingBack.has(release.id),
    namespace: placeOf(facts, release).namespace,
    owner: service?.owner,
    snapshot,
    tree: writer.tree(),
    ownership: facts.ownership,
    current: facts.current.get(`${release.environment}/${release.service}`) ?? [],
    stops: facts.stopsOn(release),
    suspended: facts.suspendedOf(release),
    now: deps.now(),
  });
}

function placeOf({ services, artifacts }: Facts, release: Release): ExistingPlace {
  const { service, environment } = release;
  const namespaces = services.get(service)?.namespaces ?? {};
  return {
    environment,
    service,
    namespace: namespaceIn(namespaces, environment) ?? environment,
    folder: needsOldManifests(artifacts.of(release), environment),
  };
}

async function commitOne(deps: BatchDeps, writer: CommitWriter, planned: WrittenRelease['planned']): Promise<Oid> {
  const at = deps.now();
  const commit = await writer.commit(planned.edits, {
    message: planned.message,
    author: { ...planned.release.author, at },
    committer: { ...deps.identity, at },
    // An undeploy of what somebody removed by hand is recorded like any other.
    allowEmpty: true,
  });
  if (commit === undefined) throw new Error('the writer made no commit although it may be empty');
  return commit;
}

function currentAfter(
  before: readonly CurrentFolder[],
  { folders, release }: WrittenRelease['planned'],
): CurrentFolder[] {
  const touched = new Set(folders.map(({ namespace }) => namespace));
  return [
    ...before.filter(({ namespace }) => !touched.has(namespace)),
    ...folders.flatMap(({ namespace, objects, artifactId }) =>
      objects === undefined ? [] : [{ namespace, artifactId, releaseId: release.id }],
    ),
  ];
}
