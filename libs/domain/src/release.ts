/** Why a release was asked for. Each is a release with a record. */
export const releaseIntents = ['auto', 'branch', 'artifact', 'promote', 'rollback', 'restore', 'undeploy'] as const;
export type ReleaseIntent = (typeof releaseIntents)[number];

export const releaseStates = [
  'requested',
  'denied',
  'waiting',
  'queued',
  'committed',
  'applied',
  'rolling-out',
  'healthy',
  'failed',
  'superseded',
  'cancelled',
] as const;
export type ReleaseState = (typeof releaseStates)[number];

/**
 * What may follow what. `queued → denied` and `queued → waiting` exist because the writer decides again on the tip that its
 * push builds on; `failed → healthy` is a release that healed while it was still the current one.
 */
const transitions: Readonly<Record<ReleaseState, readonly ReleaseState[]>> = {
  requested: ['denied', 'waiting', 'queued', 'superseded'],
  denied: [],
  waiting: ['queued', 'denied', 'superseded', 'cancelled'],
  queued: ['committed', 'denied', 'waiting', 'superseded', 'cancelled'],
  committed: ['applied', 'failed', 'superseded'],
  applied: ['rolling-out', 'healthy', 'failed', 'superseded'],
  'rolling-out': ['healthy', 'failed', 'superseded'],
  healthy: [],
  failed: ['healthy'],
  superseded: [],
  cancelled: [],
};

export function canBecome(from: ReleaseState, to: ReleaseState): boolean {
  return transitions[from].includes(to);
}
