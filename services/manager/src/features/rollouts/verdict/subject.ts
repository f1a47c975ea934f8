import type {
  KustomizationFacts,
  OtherFacts,
  PodFacts,
  PruneFacts,
  SourceFacts,
  WarningFacts,
  WorkloadFacts,
} from '@release-manager/contract';

/** An object that the artifact declares for the environment, as verification found it. */
export interface ExpectedObject {
  readonly apiGroup: string;
  readonly kind: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** The daemon of the cluster, as it was heard of last. */
export interface DaemonState {
  readonly heardAt: Date;
  /** False while its first lists are being read: silence about an object means nothing yet. */
  readonly synced: boolean;
  /** Much of what it saw is still on its way to us. */
  readonly isBehind: boolean;
  /** Kinds that it may not read, or that do not exist. */
  readonly unwatched: readonly string[];
}

/** What Flux says in one cluster, as far as it concerns the service. */
export interface FluxFacts {
  /** The service's own. */
  readonly kustomization?: KustomizationFacts | undefined;
  /** The one that applies `clusters/<environment>`. */
  readonly root?: KustomizationFacts | undefined;
  /** GitRepositories, ArtifactGenerators and ExternalArtifacts that the two may read from. */
  readonly sources: readonly SourceFacts[];
  /** What became of the objects of a Kustomization that was deleted. */
  readonly prune?: PruneFacts | undefined;
}

/** Everything that is known of one service in one cluster. Objects that are gone are there with `deleted`. */
export interface ClusterFacts {
  readonly daemon: DaemonState | undefined;
  readonly workloads: readonly WorkloadFacts[];
  readonly pods: readonly PodFacts[];
  readonly warnings: readonly WarningFacts[];
  readonly others: readonly OtherFacts[];
  readonly flux: FluxFacts;
}

/** What one look has to tell the next one: since when each thing is as it is. Times are ISO 8601. */
export interface Memory {
  /** By the key of a signal: when it was first seen. */
  readonly signals: Readonly<Record<string, string>>;
  /** By workload: its counters, and since when they have not changed. */
  readonly progress: Readonly<Record<string, { readonly mark: string; readonly at: string }>>;
  /** When Flux was first seen to have applied the commit. */
  readonly appliedAt?: string;
}

export const noMemory: Memory = { signals: {}, progress: {} };

/** One release in one cluster: the whole input of a verdict. */
export interface Subject {
  readonly releaseId: string;
  readonly service: string;
  readonly environment: string;
  readonly cluster: string;
  /** What the artifact declares; empty for an undeploy. */
  readonly expected: readonly ExpectedObject[];
  readonly commit: string;
  readonly committedAt: Date;
  /** Whether a revision as Flux writes it is the commit or was made on top of it. */
  readonly contains: (revision: string | undefined) => boolean;
  readonly facts: ClusterFacts;
  readonly memory: Memory;
  readonly now: Date;
}
