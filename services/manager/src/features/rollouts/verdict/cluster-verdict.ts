import type { Memory } from './subject.ts';

export const phases = ['waiting-for-flux', 'applied', 'rolling-out', 'healthy', 'failed'] as const;
export type Phase = (typeof phases)[number];

/** What stands in the way, for a person who has to do something about it. */
export interface Why {
  /** Stable and dotted: `pod.image-pull`, `flux.build-failed`. */
  readonly code: string;
  /** In words, with those of the cluster. */
  readonly message: string;
  /** `Deployment shop/web`. */
  readonly object?: string;
  readonly pod?: string;
  readonly container?: string;
  /** Where the log of the crash is kept. */
  readonly log?: { readonly podUid: string; readonly container: string; readonly restarts: number };
  /** What to do. */
  readonly next?: string;
}

export interface WorkloadProgress {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: 'missing' | 'waiting' | 'rolling-out' | 'done' | 'failed';
  /** Pods of this release that are available, of how many: 3 of 5. */
  readonly done: number;
  readonly wanted: number;
  readonly says: string;
}

/** Something that is wrong, as long as it is. */
export interface Trouble {
  readonly key: string;
  readonly why: Why;
  /** Its grace is over. */
  readonly isFailure: boolean;
}

/** What a cluster did with a release so far. */
export interface ClusterVerdict {
  readonly phase: Phase;
  readonly isApplied: boolean;
  readonly says: string;
  /** Of `failed`: why. Of `waiting-for-flux`: what Flux waits for. */
  readonly why?: Why;
  readonly workloads: readonly WorkloadProgress[];
  readonly memory: Memory;
  /** Everything that is wrong now, the failures first; for who judges what comes after the verdict. */
  readonly troubles: readonly Trouble[];
  /** What is known may be old: silence means nothing. */
  readonly isBlind: boolean;
  /** When time alone may change the verdict. */
  readonly nextLookAt?: Date;
}
