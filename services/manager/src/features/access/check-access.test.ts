import { parseConfig } from '@release-manager/config-repo';
import { expect, test } from 'vitest';

import { accessInForce } from './access-in-force.ts';
import { advanceAccess } from './access-state.ts';
import { checkAccess } from './check-access.ts';

function check(people: string, rights: string): ReturnType<typeof checkAccess> {
  const main = `environments:\n  - { name: dev }\n${rights}`;
  const snapshot = parseConfig(
    'c1',
    new Map([
      ['release-manager.yaml', Buffer.from(main)],
      ['people.yaml', Buffer.from(people)],
    ]),
  );
  return checkAccess(accessInForce(advanceAccess({}, snapshot), snapshot), snapshot);
}

test('says what counts', () => {
  expect(check('', '')).toEqual([
    {
      name: 'people and rights',
      status: 'ok',
      message: 'people.yaml names nobody: every person with a token counts; rights by default',
    },
  ]);
});

test('names what gives nobody anything, with its line', () => {
  const people = 'people:\n  - { id: ada, name: Ada, teams: [ops] }\n';
  const rights =
    'rights:\n  - { who: [ada, bob, "*", "team:ops"], verbs: [release], environments: [dev, "pr*", stagin] }\n';
  const checks = check(people, rights);
  expect(checks.map(({ name, status, message }) => `${name} ${status} ${message}`)).toEqual([
    'people and rights ok 1 named in people.yaml; 1 in rights',
    'people.yaml:2 warning ada is in the team ops, which is not declared: it gives ada nothing',
    'release-manager.yaml:4 warning people.yaml names no bob: this right gives nothing by it',
    'release-manager.yaml:4 warning people.yaml names no team:ops: this right gives nothing by it',
    'release-manager.yaml:4 warning there is no environment stagin: this right gives nothing by it',
  ]);
});

test('says what counts instead of a broken file', () => {
  expect(check('people: [', '')[0]).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(
      /^people\.yaml is broken at line \d+: .* what can be read of it counts\.$/,
    ) as string,
  });
});
