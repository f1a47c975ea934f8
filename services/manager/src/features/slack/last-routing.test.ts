import { parseConfig, routeOf } from '@release-manager/config-repo';
import { expect, it } from 'vitest';

import { createRouting } from './last-routing.ts';

const good = 'environments:\n  - { name: prod }\nnotifications:\n  - { slack: C0123ABCD }\n';

it('is what the file says, what it said last while it cannot be read, and unknown before that', () => {
  let snapshot = parseConfig('', new Map());
  const routing = createRouting(
    () => snapshot,
    () => new Map(),
  );
  const read = (commit: string, text: string): string | undefined => {
    snapshot = parseConfig(commit, new Map([['release-manager.yaml', Buffer.from(text)]]));
    return routeOf(routing(), { service: 'web', environment: 'prod' }).channel;
  };
  expect(routing).toThrow('was not read yet');
  expect(read('a', good)).toBe('C0123ABCD');
  expect(read('b', 'environments: [\n')).toBe('C0123ABCD');
  expect(read('c', good.replace('C0123ABCD', 'C0OTHER00'))).toBe('C0OTHER00');
  expect(read('d', 'environments:\n  - { name: prod }\n')).toBeUndefined();
});
