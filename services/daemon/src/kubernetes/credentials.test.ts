import { expect, it } from 'vitest';

import { keepCredentials, type KeptCredentials } from './credentials.ts';

function source(keepFor?: number): {
  reads: () => number;
  at: (ms: number) => void;
  source: ReturnType<typeof keepCredentials>;
} {
  let reads = 0;
  let now = 0;
  const read = async (): Promise<KeptCredentials> => {
    reads += 1;
    const credentials = { server: `https://server-${reads}`, headers: {}, tls: {} };
    return { credentials, ...(keepFor === undefined ? {} : { keepFor }) };
  };
  return { reads: () => reads, at: (ms) => (now = ms), source: keepCredentials(read, () => now) };
}

it('credentials are read once for all who ask, and again when they are old', async () => {
  const { source: kept, at, reads } = source(60_000);
  await Promise.all([kept.current(), kept.current()]);
  at(59_000);
  expect((await kept.current()).server).toBe('https://server-1');
  at(61_000);
  expect((await kept.current()).server).toBe('https://server-2');
  expect(reads()).toBe(2);
});

it('refused ones are read again, but not in a hurry', async () => {
  const { source: kept, at, reads } = source();
  await kept.current();
  kept.refused();
  await kept.current();
  expect(reads()).toBe(1);
  at(10_001);
  kept.refused();
  await kept.current();
  expect(reads()).toBe(2);
});

it('a reading that failed is not kept', async () => {
  let fails = true;
  const kept = keepCredentials(async () => {
    if (fails) throw new Error('no such file');
    return { credentials: { server: 'https://x', headers: {}, tls: {} } };
  });
  await expect(kept.current()).rejects.toThrow('no such file');
  fails = false;
  await expect(kept.current()).resolves.toMatchObject({ server: 'https://x' });
});
