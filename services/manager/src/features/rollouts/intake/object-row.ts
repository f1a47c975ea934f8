import { parseReleaseFolder } from '@release-manager/config-repo';
import type { KustomizationFacts, Observation } from '@release-manager/contract';

type Kept = Exclude<Observation, { type: 'crash-log' | 'listing' }>;

/** A row of `observed_objects` without its place and time. */
export interface ObjectRow {
  readonly type: Kept['type'];
  readonly uid: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Null: of the whole environment, or not known from this observation alone. */
  readonly service: string | null;
  readonly resourceVersion: string;
  readonly facts: Kept;
  readonly deleted: boolean;
}

/**
 * The newest that a run of observations says of each object. A deletion is the last word on a uid; of two with the same
 * resourceVersion the later counts, since what is said of an object may follow from its neighbours.
 */
export function newestRows(environment: string, observations: readonly Observation[]): readonly ObjectRow[] {
  const rows = new Map<string, ObjectRow>();
  for (const observation of observations) {
    if (observation.type === 'crash-log' || observation.type === 'listing') continue;
    const row = toObjectRow(environment, observation);
    const key = `${row.type} ${row.uid}`;
    const before = rows.get(key);
    if (before === undefined || overrides(row, before)) rows.set(key, row);
  }
  return [...rows.values()];
}

function overrides(row: ObjectRow, before: ObjectRow): boolean {
  if (before.deleted) return false;
  return row.deleted || BigInt(row.resourceVersion) >= BigInt(before.resourceVersion);
}

function toObjectRow(environment: string, facts: Kept): ObjectRow {
  const { uid, kind, namespace, name, resourceVersion } = facts.object;
  return {
    type: facts.type,
    uid,
    kind,
    namespace,
    name,
    service: serviceOf(environment, facts) ?? null,
    resourceVersion,
    facts,
    // Nothing more will be said of a pruning that has ended.
    deleted: facts.type === 'prune' ? facts.done : 'deleted' in facts && facts.deleted === true,
  };
}

function serviceOf(environment: string, facts: Kept): string | undefined {
  switch (facts.type) {
    case 'workload':
      // One that lost its label stays what it is known as: it is still there, and somebody should hear of it.
      return facts.stamp.service === '' ? undefined : facts.stamp.service;
    case 'pod':
    case 'other':
    case 'warning':
      return facts.service;
    case 'kustomization':
      return serviceOfKustomization(environment, facts);
    case 'prune':
    case 'source':
      return undefined;
  }
}

function serviceOfKustomization(environment: string, facts: KustomizationFacts): string | undefined {
  if (facts.service !== undefined) return facts.environment === environment ? facts.service : undefined;
  // One that people wrote, or of an older manager, has no labels; in the plain layout its path says whose it is.
  const folder = parseReleaseFolder((facts.path ?? '').replace(/^\.?\/*/, '').replace(/\/+$/, ''));
  return folder?.environment === environment ? folder.service : undefined;
}
