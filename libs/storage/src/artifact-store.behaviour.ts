import { createHash, randomUUID } from 'node:crypto';

import type { Clock } from '@release-manager/domain';
import { expect, it } from 'vitest';

import type { ArtifactStore, ListedObject, UploadTarget } from './artifact-store.ts';

/** The clock that the store under test was made with. */
export class MovableClock implements Clock {
  /** Added to the real time, in milliseconds. */
  offset = 0;

  now(): Date {
    return new Date(Date.now() + this.offset);
  }
}

/**
 * What every store keeps, run against each implementation. `store` is asked in each test; keys are fresh in each, so the tests
 * share one store and need no order.
 */
export function describeArtifactStore(store: () => ArtifactStore, clock: MovableClock): void {
  describeObjects(store);
  describeImmutability(store);
  describeKeys(store);
  describeListing(store);
  describeUploads(store);
  describeExpiry(store, clock);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function describeObjects(store: () => ArtifactStore): void {
  it('gives back what was written, with size and checksum', async () => {
    const key = freshKey();
    const content = Buffer.from('zip\0\xff', 'latin1');
    await store().write(key, content);
    expect(await store().read(key, 5)).toEqual(content);
    expect(await store().head(key)).toEqual({ size: 5, sha256: sha256(content) });
  });

  it('knows nothing of what was never written', async () => {
    const key = freshKey();
    expect(await store().head(key)).toBeUndefined();
    await expect(store().read(key, 10)).rejects.toMatchObject({ kind: 'not-found', code: 'storage.not-found' });
    await store().write(`${key}/inner.zip`, Buffer.from('a folder is no object'));
    expect(await store().head(key)).toBeUndefined();
  });

  it('reads no more than the limit', async () => {
    const key = freshKey();
    await store().write(key, Buffer.alloc(1000));
    await expect(store().read(key, 999)).rejects.toMatchObject({ kind: 'invalid', code: 'storage.too-large' });
    expect(await store().read(key, 1000)).toHaveLength(1000);
  });

  it('cannot copy what is not there', async () => {
    await expect(store().copy(freshKey(), freshKey())).rejects.toMatchObject({ code: 'storage.not-found' });
  });

  it('removes, also what is gone already', async () => {
    const key = freshKey();
    await store().write(key, Buffer.from('x'));
    await store().remove(key);
    await store().remove(key);
    expect(await store().head(key)).toBeUndefined();
  });

  it('is ready, and says without secrets where it is', async () => {
    await store().check();
    expect(store().description).toMatch(/^(s3:\/\/[^@?]+|folder \/.+)$/);
  });
}

function describeImmutability(store: () => ArtifactStore): void {
  it('never changes what lies under a key', async () => {
    const key = freshKey();
    await store().write(key, Buffer.from('first'));
    await store().write(key, Buffer.from('second'));
    expect(String(await store().read(key, 100))).toBe('first');
  });

  it('keeps one of many who write the same key at once, whole', async () => {
    const key = freshKey();
    const contents = Array.from({ length: 8 }, (_, index) => Buffer.alloc(200_000, index));
    await Promise.all(contents.map((content) => store().write(key, content)));
    const kept = await store().read(key, 200_000);
    expect(contents.some((content) => content.equals(kept))).toBe(true);
  });

  it('copies, and leaves a target that exists as it is', async () => {
    const [from, other, to] = [freshKey('a+b.zip'), freshKey(), freshKey('c+d.zip')];
    await store().write(from, Buffer.from('from'));
    await store().write(other, Buffer.from('other'));
    await store().copy(from, to);
    await store().copy(other, to);
    expect(String(await store().read(to, 100))).toBe('from');
    expect((await store().head(to))?.sha256).toBe(sha256(Buffer.from('from')));
    await store().remove(from);
    await store().copy(from, to);
  });
}

function describeKeys(store: () => ArtifactStore): void {
  it.each(hostileKeys)('A1 takes no key %j', async (key) => {
    const refusal = { kind: 'invalid', code: 'storage.key' };
    const expected = { size: 1, sha256: sha256(Buffer.from('x')) };
    await expect(store().write(key, Buffer.from('x'))).rejects.toMatchObject(refusal);
    await expect(store().read(key, 1)).rejects.toMatchObject(refusal);
    await expect(store().head(key)).rejects.toMatchObject(refusal);
    await expect(store().remove(key)).rejects.toMatchObject(refusal);
    await expect(store().copy(key, freshKey())).rejects.toMatchObject(refusal);
    await expect(store().copy(freshKey(), key)).rejects.toMatchObject(refusal);
    await expect(store().presignUpload(key, expected, 60)).rejects.toMatchObject(refusal);
  });
}

const hostileKeys = [
  '',
  '/abs',
  '..',
  'a/../b',
  'a//b',
  'a/',
  '.hidden',
  'a/.b',
  'a\\b',
  'a\0b',
  'a\nb',
  'a b',
  'a%2e%2e/b',
  'ä',
  'a?b',
  'a'.repeat(256),
  `${'a/'.repeat(600)}a`,
];

function describeListing(store: () => ArtifactStore): void {
  it('A8 lists by prefix as text, in the order of the bytes', async () => {
    const root = freshKey('list');
    const keys = ['api-x/1.zip', 'api/1.zip', 'api/10.zip', 'api/2/3.zip', 'api/a+b.zip', 'apis.zip'].map(
      (name) => `${root}/${name}`,
    );
    for (const key of keys.toReversed()) await store().write(key, Buffer.from(key));
    expect(await keysOf(store().list(`${root}/api`))).toEqual(keys);
    expect(await keysOf(store().list(`${root}/api/`))).toEqual(keys.slice(1, 5));
    expect(await keysOf(store().list(`${root}/api/1`))).toEqual(keys.slice(1, 3));
    expect(await keysOf(store().list(`${root}/none`))).toEqual([]);
    await expect(keysOf(store().list('../'))).rejects.toMatchObject({ code: 'storage.key' });
  });

  it('lists size and time', async () => {
    const key = freshKey();
    const before = Date.now();
    await store().write(key, Buffer.alloc(7));
    const [found] = await collect(store().list(key));
    expect(found).toMatchObject({ key, size: 7 });
    // Whole seconds in S3.
    expect(Math.abs((found?.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(10_000);
  });

  it('A8 lists more than a page of a thousand', async () => {
    const root = freshKey('pages');
    const keys = Array.from({ length: 1_050 }, (_, index) => `${root}/${String(index).padStart(5, '0')}.zip`);
    for (let start = 0; start < keys.length; start += 50) {
      await Promise.all(keys.slice(start, start + 50).map((key) => store().write(key, Buffer.from('x'))));
    }
    expect(await keysOf(store().list(`${root}/`))).toEqual(keys);
  }, 60_000);
}

function describeUploads(store: () => ArtifactStore): void {
  const content = Buffer.from('these bytes and no others');
  const expected = { size: content.length, sha256: sha256(content) };

  it('takes exactly the announced bytes from somebody without credentials, again and again', async () => {
    const key = freshKey();
    const target = await store().presignUpload(key, expected, 600);
    expect(target.method).toBe('PUT');
    expect(target.expiresAt.getTime()).toBeGreaterThan(Date.now() + 500_000);
    expect(await put(target, content)).toBeLessThan(300);
    expect(await put(target, content)).toBeLessThan(300);
    expect(await store().read(key, 100)).toEqual(content);
    expect(await store().head(key)).toEqual(expected);
  });

  it.each([
    ['others', Buffer.from('these bytes and no OTHERS')],
    ['fewer', content.subarray(1)],
    ['more', Buffer.concat([content, Buffer.from('!')])],
    ['none', Buffer.alloc(0)],
  ])('A7 takes no other bytes: %s', async (_, bytes) => {
    const key = freshKey();
    const target = await store().presignUpload(key, expected, 600);
    expect(await put(target, bytes)).toBeGreaterThanOrEqual(400);
    expect(await store().head(key)).toBeUndefined();
    // Nor with the headers changed to fit what is sent.
    const headers = { ...target.headers, 'content-length': String(bytes.length) };
    if ('x-amz-checksum-sha256' in headers) headers['x-amz-checksum-sha256'] = sha256(bytes, 'base64');
    expect(await put({ ...target, headers }, bytes)).toBeGreaterThanOrEqual(400);
    expect(await store().head(key)).toBeUndefined();
  });

  it('A7 takes nothing by a URL that was changed', async () => {
    const target = await store().presignUpload(freshKey(), expected, 600);
    const url = target.url.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    expect(await put({ ...target, url }, content)).toBe(403);
  });

  it('announces only what can be', async () => {
    const wrong = { code: 'storage.expected' };
    await expect(store().presignUpload('a', { ...expected, size: 0 }, 60)).rejects.toMatchObject(wrong);
    await expect(store().presignUpload('a', { ...expected, sha256: 'AB' }, 60)).rejects.toMatchObject(wrong);
  });
}

function describeExpiry(store: () => ArtifactStore, clock: MovableClock): void {
  it('A7 takes nothing by a URL that expired', async () => {
    const key = freshKey();
    const content = Buffer.from('late');
    clock.offset = -3_600_000;
    const target = await store()
      .presignUpload(key, { size: content.length, sha256: sha256(content) }, 600)
      .finally(() => (clock.offset = 0));
    expect(await put(target, content)).toBe(403);
    expect(await store().head(key)).toBeUndefined();
  });
}

function freshKey(name = 'x.zip'): string {
  return `test/${randomUUID()}/${name}`;
}

function sha256(content: Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHash('sha256').update(content).digest(encoding);
}

async function keysOf(listing: AsyncIterable<ListedObject>): Promise<readonly string[]> {
  return (await collect(listing)).map((found) => found.key);
}

/** The status that the upload is answered with; a connection cut in the middle of one counts as refused. */
async function put(target: UploadTarget, bytes: Buffer): Promise<number> {
  const { 'content-length': length, ...headers } = target.headers;
  // fetch sends the length of the body itself, and refuses to send another.
  const announced = length === String(bytes.length) ? target.headers : headers;
  const response = await fetch(target.url, {
    method: target.method,
    headers: announced,
    body: new Uint8Array(bytes),
  }).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status ?? 499;
}
