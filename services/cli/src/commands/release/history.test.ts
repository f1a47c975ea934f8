import type { HistoryItem, ReleaseView } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import { plain } from '../../core/piece.ts';
import { storyLines } from './history-lines.ts';
import { parseSince } from './history-since.ts';

const now = new Date('2026-05-04T12:00:00Z');
const artifact = 'main-0123456789-abcdef0123';
const release: ReleaseView = {
  id: 'rel_01j9zzzzzzzzzzzzzzzzzzzzzz',
  requestId: 'req_1',
  service: 'web',
  environment: 'prod',
  artifact,
  intent: 'rollback',
  automatic: false,
  state: 'healthy',
  ended: true,
  says: 'healthy',
  actor: { kind: 'person', name: 'ada' },
  requestedAt: '2026-05-04T10:00:00Z',
  updatedAt: '2026-05-04T10:00:40Z',
};
const rollback: HistoryItem = {
  id: '7',
  at: '2026-05-04T10:00:00Z',
  kind: 'release.queued',
  service: 'web',
  environment: 'prod',
  who: { kind: 'person', name: 'ada' },
  says: `ada rolled prod back to ${artifact}`,
  why: 'customers see errors',
  rules: [
    {
      rule: 'branch-restriction-main-prod',
      verdict: 'allows',
      says: 'main may go there',
      place: 'policies/web.yaml:3',
    },
  ],
  replaced: 'main-9999999999-abcdef0123',
  ended: { state: 'healthy', at: '2026-05-04T10:00:40Z', says: 'healthy' },
  release,
  entries: [],
};
const hold: HistoryItem = {
  id: '8',
  at: '2026-05-04T10:00:00Z',
  kind: 'hold.set',
  service: 'web',
  environment: 'prod',
  who: { kind: 'person', name: 'ada' },
  says: 'ada held prod: customers see errors\u001b[2J',
  rules: [],
  entries: [],
};

it('a page is a story', () => {
  expect(storyLines([hold, rollback], now).map((line) => line.map(plain).join(''))).toEqual([
    '2 h ago, 2026-05-04 10:00 UTC  web in prod',
    '    ada held prod: customers see errors',
    '',
    '2 h ago, 2026-05-04 10:00 UTC  web in prod  rel_01j9zzzzzzzzzzzzzzzzzzzzzz',
    `    ada rolled prod back to ${artifact}`,
    '    because: customers see errors',
    '    branch-restriction-main-prod (policies/web.yaml:3) allows: main may go there',
    '    in the place of main-9999999999-abcdef0123',
    '    healthy after 40 s: healthy',
  ]);
});

describe('--since', () => {
  it.each([
    ['90s', '2026-05-04T11:58:30.000Z'],
    ['6h', '2026-05-04T06:00:00.000Z'],
    ['2d', '2026-05-02T12:00:00.000Z'],
    ['2026-05-01', '2026-05-01T00:00:00.000Z'],
    ['2026-05-01T10:30', '2026-05-01T10:30:00.000Z'],
    ['2026-05-01 10:30+02:00', '2026-05-01T08:30:00.000Z'],
    [undefined, undefined],
  ])('%s', (text, expected) => {
    expect(parseSince(text, now)).toBe(expected);
  });

  it.each(['yesterday', '', '2026-13-40', '5', '10:00'])('%j is no time', (text) => {
    expect(() => parseSince(text, now)).toThrow('--since needs a time');
  });
});
