import { expect, test } from 'vitest';

import { BlobCache } from './blob-cache.ts';
import { parseOid } from './oid.ts';

const oid = (digit: string) => parseOid(digit.repeat(40));

test('what was used last stays, what was not used goes first', () => {
  const cache = new BlobCache(20);
  cache.set(oid('1'), Buffer.alloc(8));
  cache.set(oid('2'), Buffer.alloc(8));
  cache.get(oid('1'));

  cache.set(oid('3'), Buffer.alloc(8));

  expect([cache.get(oid('1'))?.byteLength, cache.get(oid('2')), cache.get(oid('3'))?.byteLength]).toEqual([
    8,
    undefined,
    8,
  ]);
});

test('one large file does not push out everything else', () => {
  const cache = new BlobCache(1024 * 1024);
  cache.set(oid('1'), Buffer.alloc(8));

  cache.set(oid('2'), Buffer.alloc(300 * 1024));

  expect(cache.get(oid('1'))).toBeDefined();
  expect(cache.get(oid('2'))).toBeUndefined();
});
