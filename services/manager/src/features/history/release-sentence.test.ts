import type { ReleaseView } from '@release-manager/contract';
import { releaseIntents, releaseStates } from '@release-manager/domain';
import { expect, it } from 'vitest';

import { releaseSentence, rulesOf } from './release-sentence.ts';

const artifact = 'main-0123456789-abcdef0123';
const committed = { commit: 'c'.repeat(40), committedAt: '2026-05-04T10:00:01Z' };

function release(over: Partial<ReleaseView>): ReleaseView {
  return {
    id: 'rel_01j9zzzzzzzzzzzzzzzzzzzzzz',
    requestId: 'req_1',
    service: 'web',
    environment: 'prod',
    artifact,
    branch: 'main',
    intent: 'branch',
    automatic: false,
    state: 'committed',
    ended: true,
    says: 'in the config repo',
    actor: { kind: 'person', name: 'ada' },
    requestedAt: '2026-05-04T10:00:00Z',
    updatedAt: '2026-05-04T10:00:00Z',
    ...over,
  };
}

const rule = { kind: 'automation', name: 'auto-release-main-prod' } as const;

it.each<[Partial<ReleaseView>, string]>([
  [{ ...committed }, `ada released ${artifact}, the latest of main, to prod`],
  [{ ...committed, intent: 'artifact' }, `ada released ${artifact} to prod`],
  [
    { ...committed, intent: 'auto', automatic: true, actor: rule },
    `automation, by the rule auto-release-main-prod, released ${artifact} to prod`,
  ],
  [{ ...committed, intent: 'promote' }, `ada promoted ${artifact} to prod`],
  [{ ...committed, intent: 'rollback', state: 'healthy' }, `ada rolled prod back to ${artifact}`],
  [{ ...committed, intent: 'restore' }, `ada restored ${artifact} in prod`],
  [{ ...committed, intent: 'undeploy' }, 'ada took web out of prod'],
  [
    { ...committed, state: 'failed', intent: 'artifact' },
    `ada released ${artifact} to prod, which failed in the cluster`,
  ],
  [
    { ...committed, state: 'healthy', intent: 'artifact', rolledBackBy: 'rel_2' },
    `ada released ${artifact} to prod, which was rolled back later`,
  ],
  [{ ...committed, state: 'superseded', intent: 'artifact' }, `ada released ${artifact} to prod`],
  [{ state: 'denied', intent: 'artifact' }, `ada asked for ${artifact} in prod and was refused`],
  [{ state: 'denied', intent: 'undeploy' }, 'ada asked to take web out of prod and was refused'],
  [{ state: 'waiting', intent: 'promote' }, `ada asked for the promotion of ${artifact} to prod, which waits`],
  [{ state: 'queued', intent: 'rollback' }, `ada asked to roll prod back to ${artifact}, which is on its way`],
  [{ state: 'cancelled', intent: 'artifact' }, `ada asked for ${artifact} in prod, which was cancelled`],
  [
    { state: 'superseded', intent: 'auto', automatic: true, actor: rule },
    `automation, by the rule auto-release-main-prod, asked for ${artifact} in prod, which gave way to something newer`,
  ],
])('%j', (over, sentence) => {
  expect(releaseSentence(release(over))).toBe(sentence);
});

it('every intent in every state is a sentence of its own words', () => {
  for (const intent of releaseIntents)
    for (const state of releaseStates) {
      const sentence = releaseSentence(release({ intent, state }));
      expect(sentence).toMatch(/^ada \w/);
      expect(sentence).not.toMatch(/undefined| {2}/);
    }
});

it('names the rules that spoke, with file and line', () => {
  const decision: ReleaseView['decision'] = {
    verdict: 'denied',
    opinions: [
      { rule: 'a', verdict: 'denies', explanation: 'no', source: { file: 'policies/web.yaml', line: 3 } },
      { rule: 'b', verdict: 'not-concerned', explanation: '' },
      { rule: 'c', verdict: 'allows', explanation: 'yes' },
    ],
  };
  expect(rulesOf(release({ decision }))).toEqual([
    { rule: 'a', verdict: 'denies', says: 'no', place: 'policies/web.yaml:3' },
    { rule: 'c', verdict: 'allows', says: 'yes' },
  ]);
  expect(rulesOf(release({}))).toEqual([]);
});
