import { Observation } from '@release-manager/contract';
import { expect, it } from 'vitest';

import { listingsOf } from './listing.ts';

const kind = { of: 'pod', kind: 'Pod', namespace: undefined } as const;

it('a long list is told in pieces without a gap between them', () => {
  const uids = Array.from({ length: 4_500 }, (_, index) => `uid-${String((index * 7) % 4_500).padStart(5, '0')}`);
  const pieces = listingsOf(kind, { resourceVersion: '12', uids });
  expect(pieces.map(({ from, to, uids: some }) => [from, to, some.length])).toEqual([
    [undefined, 'uid-02000', 2_000],
    ['uid-02000', 'uid-04000', 2_000],
    ['uid-04000', undefined, 500],
  ]);
  expect(new Set(pieces.flatMap((piece) => piece.uids)).size).toBe(4_500);
  for (const piece of pieces) expect(Observation.safeParse(piece).success).toBe(true);
});

it('an empty list says that there is nothing', () => {
  expect(listingsOf({ ...kind, namespace: 'shop' }, { resourceVersion: '', uids: [] })).toEqual([
    { type: 'listing', of: 'pod', kind: 'Pod', namespace: 'shop', resourceVersion: '0', uids: [] },
  ]);
});
