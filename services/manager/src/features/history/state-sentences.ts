import type { LedgerEntry } from '@release-manager/contract';
import type { ReleaseState } from '@release-manager/domain';

/** What it means that a release came into a state, as the steps of its story say it. */
export const stateSentences: Readonly<Record<ReleaseState, (entry: LedgerEntry) => string>> = {
  requested: ({ cause }) => cause,
  denied: ({ cause, from }) => (from === 'requested' ? cause : `it was refused: ${cause}`),
  waiting: ({ cause, from }) => (from === 'requested' ? cause : `it waits: ${cause}`),
  queued: ({ cause, from }) => (from === 'requested' ? cause : `it may go on: ${cause}`),
  committed: ({ details, environment = 'the environment' }) => {
    const { commit, replaced } = details;
    const id = typeof commit === 'string' ? ` as commit ${commit.slice(0, 10)}` : '';
    const place = typeof replaced === 'string' ? `, in the place of ${replaced}` : '';
    return `it was written to the config repo for ${environment}${id}${place}`;
  },
  applied: ({ cause }) => `Flux has applied it: ${cause}`,
  'rolling-out': ({ cause }) => `the cluster is rolling it out: ${cause}`,
  healthy: ({ cause, from }) => `${from === 'failed' ? 'it recovered' : 'it runs well'}: ${cause}`,
  failed: ({ cause }) => `it failed in the cluster: ${cause}`,
  superseded: ({ cause, from }) => (from === 'requested' ? cause : `it gave way: ${cause}`),
  cancelled: ({ cause }) => `it was cancelled: ${cause}`,
};
