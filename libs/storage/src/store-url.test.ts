import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parseStoreUrl } from './store-url.ts';

describe('parseStoreUrl', () => {
  it.each([
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket-1/team/artifacts/', { kind: 's3', bucket: 'my.bucket-1', prefix: 'team/artifacts' }],
    ['file:///srv/artifacts', { kind: 'folder', path: '/srv/artifacts' }],
    ['file:///srv/my%20artifacts', { kind: 'folder', path: '/srv/my artifacts' }],
    ['file:/srv/artifacts', { kind: 'folder', path: '/srv/artifacts' }],
    ['file:./artifacts', { kind: 'folder', path: resolve('artifacts') }],
  ])('reads %s', (text, location) => {
    expect(parseStoreUrl(text)).toEqual(location);
  });

  it.each([
    '',
    'bucket',
    '/srv/artifacts',
    'http://bucket',
    's3://',
    's3://b',
    's3://Bucket',
    's3://a..b',
    's3://bucket/../other',
    's3://bucket//x',
    's3://bucket/x//',
    's3://bucket/a b',
    's3://arn:aws:s3:::x',
    'file:',
    'file://host/share',
    'file:a\0b',
  ])('refuses %j and says what is expected', (text) => {
    expect(() => parseStoreUrl(text)).toThrow(
      expect.objectContaining({
        code: 'storage.url',
        next: expect.stringContaining('ARTIFACT_STORE') as string,
      }) as Error,
    );
  });

  it('repeats no password', () => {
    expect(() => parseStoreUrl('s3://key:hunter2@bucket')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
    );
  });
});
