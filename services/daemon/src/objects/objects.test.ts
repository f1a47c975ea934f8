import { expect, it } from 'vitest';

import { countAt, cut, listAt, parseInventoryId, resourcePath, resourceTypes, textAt, timeAt } from './index.ts';

it.each([
  ['shop_web_apps_Deployment', { namespace: 'shop', name: 'web', group: 'apps', kind: 'Deployment' }],
  ['_shop__Namespace', { namespace: '', name: 'shop', group: '', kind: 'Namespace' }],
  [
    '_system__node_rbac.authorization.k8s.io_ClusterRole',
    { namespace: '', name: 'system:node', group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
  ],
  ['junk', undefined],
  ['a_b_c', undefined],
])('the inventory id %s', (id, expected) => {
  expect(parseInventoryId(id)).toEqual(expected);
});

it('fields are read as far as they are what they should be', () => {
  const object = { a: { text: 'x', empty: '', count: -1, time: 'yesterday', list: [1, { b: 2 }, null] } };
  expect(textAt(object, 'a', 'text')).toBe('x');
  expect(textAt(object, 'a', 'empty')).toBeUndefined();
  expect(textAt(object, 'a', 'text', 'length')).toBeUndefined();
  expect(textAt(object, 'constructor', 'name')).toBeUndefined();
  expect(countAt(object, 'a', 'count')).toBeUndefined();
  expect(timeAt(object, 'a', 'time')).toBeUndefined();
  expect(listAt(object, 'a', 'list')).toEqual([{ b: 2 }]);
});

it('a text is cut between characters', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('ab…');
  expect(cut('🙂🙂🙂', 4)).toBe('🙂…');
  expect(cut('a\uD800', 5)).toBe('a\uFFFD');
});

it('paths follow the group', () => {
  const place = { version: 'v1', namespace: 'shop', name: 'web' };
  expect(resourcePath(resourceTypes.pods, place)).toBe('/api/v1/namespaces/shop/pods/web');
  expect(resourcePath(resourceTypes.deployments, { version: 'v1' })).toBe('/apis/apps/v1/deployments');
});
