import { expect, it } from 'vitest';

import type { LedgerRow } from '../ledger/index.ts';
import { eventOf, postOf } from './slack-event.ts';

const row = (change: Partial<LedgerRow>): LedgerRow => ({
  id: 7,
  tx: '1',
  at: new Date(0),
  kind: 'release.failed',
  actor: { kind: 'manager' },
  service: 'web',
  environment: 'prod',
  artifact_id: null,
  release_id: 'rel_1',
  from_state: 'rolling-out',
  to_state: 'failed',
  cause: 'it failed',
  details: {},
  ...change,
});

it.each<[string, string | null, ReturnType<typeof eventOf>]>([
  ['release.queued', 'queued', 'queued'],
  ['release.recovered', 'healthy', 'recovered'],
  ['incident.opened', null, 'crashed'],
  ['incident.closed', null, undefined],
  ['release.rebuilt', 'committed', undefined],
  ['release.requested', 'requested', undefined],
  ['artifact.ready', 'ready', undefined],
])('takes %s to %s for %s', (kind, to, event) => {
  expect(eventOf({ kind, to_state: to })).toBe(event);
});

it('keeps of a failure what the record says, and where its log is', () => {
  const log = { podUid: 'uid-1', container: 'app', restarts: 2 };
  const failure = { cluster: 'eu', message: 'crash loop', object: 'Deployment shop/web', next: 'see the log', log };
  expect(postOf(row({ details: { failure } }))).toEqual({
    item: 'failed/rel_1',
    subject: {
      kind: 'failed',
      release: 'rel_1',
      says: 'Deployment shop/web: crash loop',
      next: 'see the log',
      cluster: 'eu',
      place: { cluster: 'eu', podUid: 'uid-1', container: 'app' },
    },
  });
  expect(postOf(row({ details: { failure: 7 } }))?.subject).toMatchObject({ says: 'it failed' });
  expect(postOf(row({ kind: 'release.healthy', to_state: 'healthy' }))).toBeUndefined();
  expect(postOf(row({ release_id: null }))).toBeUndefined();
});
