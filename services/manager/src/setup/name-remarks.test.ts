import { parseConfig } from '@release-manager/config-repo';
import { expect, test } from 'vitest';

import { createNameRemarks } from './name-remarks.ts';

const files = new Map([['release-manager.yaml', Buffer.from('environments:\n  - { name: dev }\n')]]);
const snapshot = parseConfig('0'.repeat(40), files);
const remarks = createNameRemarks({ snapshot: () => snapshot, isService: (name) => Promise.resolve(name === 'web') });

test('names that nobody knows are told to who asks about them', async () => {
  expect(await remarks({ service: 'wbe', environment: 'dve' })).toEqual([
    'there is no environment dve; the config repo declares dev',
    'there is no service wbe yet, so that no right through its owner counts; `release-cli service list` shows those there are',
  ]);
});

test('names that are known, and those that nobody named, are not spoken of', async () => {
  expect(await remarks({ service: 'web', environment: 'dev' })).toEqual([]);
  expect(await remarks({})).toEqual([]);
});
