import type { Cli } from './processes/cli.ts';

/** A pod that serves: what it is and which images it runs. */
export interface ServingPod {
  readonly uid: string;
  readonly images: string;
}

/** A cluster as the story looks into it. */
export interface StageCluster {
  /** The pods of a service that are ready and are to stay, in the same order each time. */
  servingPods(service: string): Promise<readonly ServingPod[]>;
}

/** A cluster with the real daemon beside it, which reports to the manager. */
export interface WatchedCluster {
  readonly cluster: StageCluster;
  /** Commands that look into it, for people who try things afterwards. */
  readonly tryThis: readonly string[];
  /** Resolves once the daemon has read the cluster; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Rejects when something of it cannot go on. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

/** What a cluster has to know of everything else. */
export interface ClusterStart {
  readonly environment: string;
  /** Where it keeps its files. */
  readonly folder: string;
  /** The config repo: its address, the token that reads it, and the bare repository itself. */
  readonly configRepo: { readonly url: string; readonly token: string; readonly path: string };
  readonly managerUrl: string;
  readonly daemonToken: string;
  /** The command line of an administrator. */
  readonly admin: Cli;
  /** Ends the start; what has started is ended by `close`. */
  readonly signal: AbortSignal;
}

/** What the clusters of the demo are, in words and in deed. */
export interface ClusterKind {
  /** Both of them, in the middle of a sentence. */
  readonly named: string;
  /** Headline of the step that starts them. */
  readonly headline: string;
  /** What is real and what is played. */
  readonly plainly: string;
  /** What `release-cli init` is told about them. */
  readonly initOptions: string;
  /** Settings of the manager that they need. */
  readonly managerSettings: Readonly<Record<string, string>>;
  start(options: ClusterStart): Promise<WatchedCluster>;
}
