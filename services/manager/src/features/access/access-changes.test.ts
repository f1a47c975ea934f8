import { parseConfig } from '@release-manager/config-repo';
import { expect, test } from 'vitest';

import { describeChanges } from './access-changes.ts';
import { advanceAccess, type AccessState } from './access-state.ts';

function stateOf(people: string, rights = ''): AccessState {
  const main = `environments:\n  - { name: dev }\n${rights}`;
  const files = { 'release-manager.yaml': main, 'people.yaml': people };
  const bytes = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const);
  return advanceAccess({}, parseConfig('c'.repeat(40), new Map(bytes)));
}

const teams = 'teams: [{ id: checkout }, { id: ops }]\n';
const ada = '  - { id: ada, name: Ada, emails: [a@example.com], teams: [checkout] }\n';
const before = stateOf(`${teams}people:\n${ada}`, 'rights:\n  - { who: [ada], verbs: [release] }\n');

test.each<[string, AccessState, readonly string[]]>([
  ['nothing', before, []],
  [
    'only other lines',
    stateOf(`# who\n${teams}people:\n${ada}`, '\nrights:\n\n  - { verbs: [release], who: [ada] }\n'),
    [],
  ],
  [
    'a person who changes teams and identities',
    stateOf(
      `${teams}people:\n  - { id: ada, name: Ada L., emails: [b@example.com], slack: U1, teams: [ops] }\n`,
      'rights:\n  - { who: [ada], verbs: [release] }\n',
    ),
    [
      'ada left checkout',
      'ada joined ops',
      'ada has the name Ada L., and had Ada',
      'ada has the e-mail b@example.com, and had a@example.com',
      'ada has the Slack user U1, and had (none)',
    ],
  ],
  [
    'a team that is gone, and nobody left',
    stateOf('teams: [{ id: ops }, { id: new }]\n', 'rights: []\n'),
    [
      'team checkout was removed',
      'team new was added',
      'ada was removed',
      'nobody is named any more: every person with a token counts',
      'no more: ada may release',
    ],
  ],
  [
    'no rights any more',
    stateOf(`${teams}people:\n${ada}`),
    ['rights are not written down any more; the default counts', 'no more: ada may release'],
  ],
])('says what changed: %s', (_, after, words) => {
  expect(describeChanges(before, after)).toEqual(words);
});

test('tells entries apart that differ beyond what is shown of a rule', () => {
  const services = Array.from({ length: 30 }, (_, index) => `s${index}`);
  const rights = (names: readonly string[]): string =>
    `rights:\n  - { who: [ada], verbs: [release], services: [${names.join(', ')}] }\n`;
  const changes = describeChanges(stateOf('', rights(services)), stateOf('', rights([...services, 'prod-db'])));
  expect(changes).toHaveLength(2);
  expect(changes[1]).toContain('s29, prod-db');
});

test('is silent about what was never seen before', () => {
  expect(describeChanges({}, before)).toEqual([]);
  expect(describeChanges({ rights: { commit: 'x' } }, before)).toEqual([
    'rights are written down; the default counts no more',
    'new: ada may release',
  ]);
});
