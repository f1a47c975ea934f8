import type { ClusterVerdict, Trouble, Why } from '../verdict/cluster-verdict.ts';

/** An incident as it is kept. */
export interface Incident {
  readonly id: string;
  readonly cluster: string;
  /** The workload it is about. */
  readonly object: string;
  readonly why: Why;
  /** By pod and container: the restart that was counted last. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly times: number;
  readonly openedAt: Date;
}

export type IncidentChange =
  | {
      readonly kind: 'open';
      readonly cluster: string;
      readonly object: string;
      readonly why: Why;
      readonly restarts: Incident['restarts'];
    }
  | {
      readonly kind: 'again';
      readonly incident: Incident;
      readonly why: Why;
      readonly restarts: Incident['restarts'];
      readonly crashes: number;
    }
  | { readonly kind: 'close'; readonly incident: Incident };

/** Containers whose restarts are remembered with one incident. */
const mostContainers = 100;

/**
 * What changes about the incidents of a release that was healthy: a workload that goes wrong opens one, each further crash of
 * it counts once per (pod, container, restart), and the last trouble that goes away closes it. Every crash is one, also where
 * the container comes up again at once; anything else is when its grace is over.
 */
export function findIncidents(
  verdicts: ReadonlyMap<string, ClusterVerdict>,
  open: readonly Incident[],
): readonly IncidentChange[] {
  return [...verdicts].flatMap(([cluster, { troubles, isBlind }]) => {
    const known = open.filter((incident) => incident.cluster === cluster);
    const serious = troubles.filter(isSerious);
    const found = new Map<string, Trouble[]>();
    for (const trouble of serious) {
      const object = trouble.why.object ?? 'the release';
      found.set(object, [...(found.get(object) ?? []), trouble]);
    }
    const changes = [...found].flatMap(([object, its]) => {
      const before = known.find((incident) => incident.object === object);
      return before === undefined ? opened(cluster, object, its) : counted(before, its);
    });
    // Silence of a daemon mends nothing.
    const isOver = ({ object }: Incident): boolean => !isBlind && !found.has(object);
    return [...changes, ...known.filter(isOver).map((incident) => ({ kind: 'close', incident }) as const)];
  });
}

/** Of the workload itself; what Flux or the daemon are busy with is no incident of the service. */
function isSerious({ key, isFailure, why }: Trouble): boolean {
  if (why.code === 'workload.foreign' || why.code.startsWith('flux.') || why.code.startsWith('daemon.')) return false;
  return isFailure || key.startsWith('pod.crash ');
}

function opened(cluster: string, object: string, troubles: readonly Trouble[]): readonly IncidentChange[] {
  const [first] = troubles;
  return first === undefined ? [] : [{ kind: 'open', cluster, object, why: first.why, restarts: restartsOf(troubles) }];
}

function counted(incident: Incident, troubles: readonly Trouble[]): readonly IncidentChange[] {
  const [first] = troubles;
  const now = restartsOf(troubles);
  const crashes = Object.entries(now).filter(([at, restarts]) => restarts > (incident.restarts[at] ?? -1)).length;
  if (first === undefined || crashes === 0) return [];
  const restarts = Object.fromEntries(Object.entries({ ...incident.restarts, ...now }).slice(-mostContainers));
  return [{ kind: 'again', incident, why: first.why, restarts, crashes }];
}

function restartsOf(troubles: readonly Trouble[]): Incident['restarts'] {
  return Object.fromEntries(
    troubles
      .flatMap(({ why }) => why.log ?? [])
      .map(({ podUid, container, restarts }): [string, number] => [`${podUid}/${container}`, restarts])
      .slice(-mostContainers),
  );
}
