import type { ClusterKind, ClusterStart, StageCluster } from './cluster-kind.ts';

export interface ClusterSetOptions {
  readonly kind: ClusterKind;
  /** What all of them have to know. */
  readonly common: Omit<ClusterStart, 'environment' | 'daemonToken'>;
  /** Told of each part that must not end by itself. */
  readonly loses: (part: Promise<unknown>) => void;
}

/** The clusters of one demo. */
export interface ClusterSet {
  /** Commands that look into those that have started. */
  readonly tryThis: readonly string[];
  /** Starts one, with the real daemon beside it; resolves when the daemon has read the cluster. */
  start(environment: string, daemonToken: string): Promise<StageCluster>;
  /** Ends all of them, also one that is only half there. */
  close(): Promise<void>;
}

export function createClusterSet({ kind, common, loses }: ClusterSetOptions): ClusterSet {
  const closing = new AbortController();
  const signal = AbortSignal.any([common.signal, closing.signal]);
  const ends: (() => Promise<void>)[] = [];
  const tryThis: string[] = [];
  return {
    tryThis,
    async start(environment, daemonToken) {
      const starting = kind.start({ ...common, signal, environment, daemonToken });
      ends.push(() =>
        starting.then(
          (watched) => watched.close(),
          () => undefined,
        ),
      );
      const watched = await starting;
      loses(watched.lost);
      tryThis.push(...watched.tryThis);
      await watched.ready;
      return watched.cluster;
    },
    async close() {
      closing.abort();
      await Promise.all(ends.map((end) => end()));
    },
  };
}
