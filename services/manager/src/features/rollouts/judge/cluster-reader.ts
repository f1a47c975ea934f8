import type { Environment } from '@release-manager/config-repo';
import {
  batchLimits,
  type DaemonFacts,
  type KustomizationFacts,
  type Observation,
  type OtherFacts,
  type PodFacts,
  type PruneFacts,
  type SourceFacts,
  type WarningFacts,
  type WorkloadFacts,
} from '@release-manager/contract';
import type { Db } from '@release-manager/postgres';

import type { ClusterFacts, DaemonState, FluxFacts } from '../verdict/subject.ts';

interface ObservedRow {
  readonly environment: string;
  readonly service: string | null;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly cluster: string;
  readonly type: string;
  readonly deleted: boolean;
  readonly facts: Observation;
}

type SeenRow = Pick<ObservedRow, (typeof columns)[number]>;

interface DaemonRow {
  readonly environment: string;
  readonly cluster: string;
  readonly facts: DaemonFacts;
  readonly heard_at: Date;
}

export interface Target {
  readonly service: string;
  readonly environment: string;
}

const columns = ['cluster', 'type', 'deleted', 'facts'] as const;

/** Of what is gone only this still tells something: how a Job ended, and that a Kustomization was deleted. */
const toldWhenGone = ['workload', 'kustomization', 'prune'];

/** What is known of the daemons of an environment, by cluster. */
export async function readDaemons(db: Db, environment: string): Promise<ReadonlyMap<string, DaemonState>> {
  const rows = await db<DaemonRow>('daemons').where({ environment });
  return new Map(rows.map((row) => [row.cluster, toDaemonState(row)]));
}

function toDaemonState({ facts, heard_at: heardAt }: DaemonRow): DaemonState {
  return {
    heardAt,
    synced: facts.synced,
    isBehind: facts.backlog > batchLimits.observations,
    unwatched: facts.unwatched.map(({ kind }) => kind),
  };
}

/** Everything that is known of one service in every cluster of an environment, by two queries. */
export async function readClusters(
  db: Db,
  target: Target,
  { environment, daemons }: { readonly environment: Environment; readonly daemons: ReadonlyMap<string, DaemonState> },
): Promise<ReadonlyMap<string, ClusterFacts>> {
  const own = await db<ObservedRow>('observed_objects')
    .where({ environment: target.environment, service: target.service })
    .whereRaw('(not deleted or type = any(?::text[]))', [toldWhenGone])
    .select(...columns);
  const shared = await readShared(db, target, { environment, own });
  return new Map(
    environment.clusters.map((cluster) => {
      const rows = [...own, ...shared].filter((row) => row.cluster === cluster);
      return [cluster, toFacts(rows, environment.name, daemons.get(cluster))];
    }),
  );
}

/** The root, the source, and in the sliced layout the generator and the slice. */
async function readShared(
  db: Db,
  { service, environment: name }: Target,
  { environment, own }: { readonly environment: Environment; readonly own: readonly SeenRow[] },
): Promise<readonly SeenRow[]> {
  const { flux } = environment;
  const namespaces = own.flatMap(({ facts }) => (facts.type === 'workload' ? [facts.object.namespace] : []));
  const slices = own.flatMap(({ facts }) => (facts.type === 'kustomization' ? (facts.source?.name ?? []) : []));
  const shared = db<ObservedRow>('observed_objects')
    .where({ environment: name, deleted: false })
    .whereNull('service')
    .whereRaw(
      `((type = 'kustomization' and btrim(facts->>'path', './') = ?)
        or (kind = 'GitRepository' and namespace = ? and name = ?)
        or (kind = 'ExternalArtifact' and name = any(?::text[]))
        or (kind = 'ArtifactGenerator' and name = any(?::text[])))`,
      [
        `clusters/${name}`,
        flux.namespace,
        flux.source,
        flux.layout === 'sliced' ? [...slices, `${name}-${service}`] : [],
        flux.layout === 'sliced' ? namespaces.map((each) => `${name}-${each}`) : [],
      ],
    );
  return shared.select(...columns);
}

function toFacts(rows: readonly SeenRow[], environment: string, daemon: DaemonState | undefined): ClusterFacts {
  const all = rows.map(({ facts, deleted }) => (deleted ? { ...facts, deleted: true as const } : facts));
  return {
    daemon,
    workloads: all.filter((facts): facts is WorkloadFacts => facts.type === 'workload'),
    pods: all.filter((facts): facts is PodFacts => facts.type === 'pod'),
    warnings: all.filter((facts): facts is WarningFacts => facts.type === 'warning'),
    others: all.filter((facts): facts is OtherFacts => facts.type === 'other'),
    flux: toFlux(all, environment),
  };
}

function toFlux(all: readonly Observation[], environment: string): FluxFacts {
  const kustomizations = all.filter((facts): facts is KustomizationFacts => facts.type === 'kustomization');
  const isRoot = ({ path = '' }: KustomizationFacts): boolean =>
    path.replace(/^[./]+/, '').replace(/[./]+$/, '') === `clusters/${environment}`;
  const own = kustomizations
    .filter((facts) => !isRoot(facts))
    .toSorted(
      (a, b) =>
        Number(a.deleted === true) - Number(b.deleted === true) ||
        Number(BigInt(b.object.resourceVersion) - BigInt(a.object.resourceVersion)),
    );
  const [kustomization] = own;
  return {
    kustomization,
    root: kustomizations.find(isRoot),
    sources: all.filter((facts): facts is SourceFacts => facts.type === 'source'),
    prune: all.find(
      (facts): facts is PruneFacts => facts.type === 'prune' && facts.object.uid === kustomization?.object.uid,
    ),
  };
}
