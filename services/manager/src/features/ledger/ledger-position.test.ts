import { describe, expect, it } from 'vitest';

import { comparePositions, formatPosition, parsePosition } from './ledger-position.ts';

describe('a position in the ledger', () => {
  it('is read as it was written', () => {
    expect(parsePosition(formatPosition({ tx: '123', id: '9223372036854775807' }))).toEqual({
      tx: '123',
      id: '9223372036854775807',
    });
  });

  it.each(['', '1', '1-', '-1', '1-2-3', '1-x', ' 1-2', '9223372036854775808-1', '1-99999999999999999999', "1-1'"])(
    'is not %j',
    (text) => {
      expect(() => parsePosition(text)).toThrow('no position');
    },
  );

  it('counts by transaction, then by entry, as numbers', () => {
    const order = [
      { tx: '9', id: '50' },
      { tx: '10', id: '9' },
      { tx: '10', id: '10' },
    ];
    expect(order.toReversed().sort(comparePositions)).toEqual(order);
    expect(comparePositions({ tx: '1', id: '1' }, { tx: '1', id: '1' })).toBe(0);
  });
});
