import type { DaemonFacts } from '@release-manager/contract';
import type { Logger } from '@release-manager/runtime';

import { Reflector, type ApiClient, type ReflectorTiming } from '../kubernetes/index.ts';
import { resourcePath, resourceTypes, textAt, type Fields, type ResourceType } from '../objects/index.ts';
import { managedLabel } from '../observe/index.ts';
import { trackKustomizations, trackSources, type KustomizationListener } from './flux-tracker.ts';
import type { KindTracker } from './kind-tracker.ts';
import { listingsOf } from './listing.ts';
import { Owned } from './owned.ts';
import { trackPods, type PodListener } from './pod-tracker.ts';
import type { Reporter } from './reporter.ts';
import { Revisions } from './revisions.ts';
import { trackWarnings } from './warning-tracker.ts';
import {
  trackControllerRevisions,
  trackCronJobs,
  trackDaemonSets,
  trackDeployments,
  trackJobs,
  trackReplicaSets,
  trackStatefulSets,
} from './workload-tracker.ts';

export interface ClusterWatchOptions {
  readonly client: ApiClient;
  readonly environment: string;
  /** Empty: all of the cluster. */
  readonly namespaces: readonly string[];
  readonly reporter: Reporter;
  readonly logger: Logger;
  readonly pods: PodListener;
  readonly kustomizations: KustomizationListener;
  /** Called when `describe` would say something else. */
  readonly onChange: () => void;
  readonly timing?: Partial<ReflectorTiming>;
}

interface Follow {
  readonly type: ResourceType;
  readonly tracker: KindTracker;
  readonly fieldSelector?: string;
  readonly remember?: boolean;
}

const ours = `${managedLabel}=true`;
/** Normal events that say that a node is on its way for a pod that has none. */
const announcements = ['TriggeredScaleUp', 'Nominated'];

const confirmMs = 10_000;

/** Everything that is followed in a cluster, one reflector per kind and namespace. */
export class ClusterWatch {
  readonly #options: ClusterWatchOptions;
  readonly #reflectors: { readonly type: ResourceType; readonly reflector: Reflector }[] = [];
  #synced = false;
  #stopped = false;

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
  }

  /**
   * Starts in an order in which each kind finds those that it speaks of: ReplicaSets before the Deployments and pods that
   * belong to them, events last.
   * @returns when everything was listed once, or cannot be.
   */
  async start(): Promise<void> {
    for (const stage of this.#stages()) {
      const started = stage.flatMap((follow) => this.#follow(follow));
      await Promise.all(started.map((reflector) => reflector.settled));
      if (this.#stopped) return;
    }
    this.#synced = true;
    this.#options.logger.info('the cluster was read', { unwatched: this.describe().unwatched.map(({ kind }) => kind) });
    this.#options.onChange();
  }

  describe(): Pick<DaemonFacts, 'synced' | 'hasExternalArtifacts' | 'hasArtifactGenerators' | 'unwatched'> {
    return {
      synced: this.#synced,
      hasExternalArtifacts: this.#follows(resourceTypes.externalArtifacts),
      hasArtifactGenerators: this.#follows(resourceTypes.artifactGenerators),
      unwatched: this.#unwatched(),
    };
  }

  /** Reads and tells everything again. */
  tellEverything(): void {
    this.#options.reporter.forgetEverything();
    for (const { reflector } of this.#reflectors) reflector.relist();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#reflectors.map(({ reflector }) => reflector.stop()));
  }

  #stages(): Follow[][] {
    const { reporter, environment } = this.#options;
    const around = { reporter, owned: new Owned() };
    const revisions = new Revisions();
    const deployments = trackDeployments(revisions, around);
    const daemonSets = trackDaemonSets(revisions, around);
    const pods = trackPods(revisions, around, this.#options.pods);
    const replicaSets = trackReplicaSets(revisions, around, (owner, uid) => {
      if (owner !== undefined) deployments.learned(owner);
      pods.replicaSetSeen(uid);
    });
    const controllerRevisions = trackControllerRevisions(revisions, (owner) => daemonSets.learned(owner));
    const sources = trackSources(around);
    const warnings = trackWarnings(around);
    return [
      [
        { type: resourceTypes.replicaSets, tracker: replicaSets },
        { type: resourceTypes.controllerRevisions, tracker: controllerRevisions },
        { type: resourceTypes.gitRepositories, tracker: sources },
        { type: resourceTypes.externalArtifacts, tracker: sources },
        { type: resourceTypes.artifactGenerators, tracker: sources },
      ],
      [
        { type: resourceTypes.deployments, tracker: deployments },
        { type: resourceTypes.statefulSets, tracker: trackStatefulSets(around) },
        { type: resourceTypes.daemonSets, tracker: daemonSets },
        { type: resourceTypes.jobs, tracker: trackJobs(around) },
        { type: resourceTypes.cronJobs, tracker: trackCronJobs(around) },
        {
          type: resourceTypes.kustomizations,
          tracker: trackKustomizations(environment, around, this.#options.kustomizations),
        },
      ],
      [{ type: resourceTypes.pods, tracker: pods }],
      ['type=Warning', ...announcements.map((reason) => `reason=${reason}`)].map((fieldSelector) => ({
        type: resourceTypes.events,
        tracker: warnings,
        fieldSelector,
        remember: false,
      })),
    ];
  }

  #follow({ type, tracker, fieldSelector, remember = true }: Follow): Reflector[] {
    const { client, namespaces, reporter, logger, onChange, timing = {} } = this.#options;
    const scopes: readonly (string | undefined)[] = namespaces.length === 0 ? [undefined] : namespaces;
    const started = scopes.map(
      (namespace) =>
        new Reflector({
          client,
          type,
          namespace,
          logger,
          remember,
          timing,
          onState: onChange,
          ...(isStamped(type) ? { labelSelector: ours } : {}),
          ...(fieldSelector === undefined ? {} : { fieldSelector }),
          handler: {
            seen: (object) => tracker.seen(object),
            deleted: (object) => {
              if (tracker.disowned === undefined) tracker.deleted(object);
              else void this.#confirm(type, tracker, object);
            },
            missing: (uid) => tracker.missing(uid),
            listed: ({ resourceVersion, uids }) => {
              tracker.listed?.(uids, namespace);
              if (tracker.of === undefined) return;
              const told = uids.filter((uid) => tracker.isTold?.(uid) ?? true);
              const listed = { of: tracker.of, kind: type.kind, namespace };
              for (const piece of listingsOf(listed, { resourceVersion, uids: told })) reporter.report(piece);
            },
          },
        }),
    );
    this.#reflectors.push(...started.map((reflector) => ({ type, reflector })));
    return started;
  }

  /** A watch says the same when an object was deleted and when it lost our label: only the object itself can tell. */
  async #confirm(type: ResourceType, tracker: KindTracker, object: Fields): Promise<void> {
    const namespace = textAt(object, 'metadata', 'namespace');
    const name = textAt(object, 'metadata', 'name');
    const path = resourcePath(type, { version: type.versions[0], namespace, name });
    const signal = AbortSignal.timeout(confirmMs);
    // Whoever cannot be asked has deleted it: the next complete list says the same.
    const now = await this.#options.client.get(path, signal).catch(() => undefined);
    if (this.#stopped) return;
    const isThere = now !== undefined && textAt(now, 'metadata', 'uid') === textAt(object, 'metadata', 'uid');
    if (isThere) tracker.disowned?.(now);
    else tracker.deleted(object);
  }

  #follows(type: ResourceType): boolean {
    return this.#reflectors.some(
      ({ type: one, reflector }) =>
        one.plural === type.plural && (reflector.state.name === 'following' || reflector.state.name === 'interrupted'),
    );
  }

  #unwatched(): DaemonFacts['unwatched'] {
    const why = new Map<string, string>();
    for (const { type, reflector } of this.#reflectors) {
      const { state } = reflector;
      if (state.name === 'forbidden') why.set(type.kind, state.why);
      else if (state.name === 'absent') why.set(type.kind, 'The API server knows no such kind.');
    }
    return [...why].map(([kind, reason]) => ({ kind, why: reason.slice(0, 500) }));
  }
}

/** Kinds that carry our labels, from the stamp or from the template they were made from. */
function isStamped({ group, kind }: ResourceType): boolean {
  return kind === 'Pod' || group === 'apps' || group === 'batch';
}
