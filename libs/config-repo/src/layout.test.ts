import { expect, test } from 'vitest';

import { layout, parseReleaseFolder } from './layout.ts';
import { pairClash } from './pair-clash.ts';

test('a release folder is found again from any path in it', () => {
  const folder = layout.release('prod', 'shop', 'web');

  expect(parseReleaseFolder(folder)).toEqual({ environment: 'prod', namespace: 'shop', service: 'web' });
  expect(parseReleaseFolder(`${folder}/sub/web.yaml`)).toEqual({
    environment: 'prod',
    namespace: 'shop',
    service: 'web',
  });
});

test.each([
  '',
  'prod',
  'prod/releases',
  'prod/releases/shop',
  'clusters/prod/shop/web.yaml',
  '/releases/shop/web',
  'prod/releases//web',
  'clusters/releases/shop/web',
  'prod/releases/shop/web.yaml',
  'prod/releases/../web',
])('%j is no release folder', (path) => {
  expect(parseReleaseFolder(path)).toBeUndefined();
});

test('two pairs of one name are found, whichever comes first', () => {
  const clash = {
    name: 'prod-eu-web',
    first: { environment: 'prod', service: 'eu-web' },
    second: { environment: 'prod-eu', service: 'web' },
  };

  expect(pairClash(['prod', 'prod-eu'], ['web', 'eu-web'])).toEqual(clash);
  expect(pairClash(['prod-eu', 'prod'], ['eu-web', 'web'])).toEqual(clash);
  expect(pairClash(['prod', 'prod-eu', 'dev'], ['web', 'api'])).toBeUndefined();
});

test('two thousand services are compared at once', () => {
  const services = Array.from({ length: 2000 }, (_, index) => `service-${index}`);
  const started = performance.now();

  expect(pairClash(['dev', 'prod', 'prod-eu', 'prod-us', 'staging'], services)).toBeUndefined();

  expect(performance.now() - started).toBeLessThan(8_000);
});
