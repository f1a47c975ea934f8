import { parseConfig, type ConfigSnapshot } from '@release-manager/config-repo';
import { describe, expect, it } from 'vitest';

import { accessInForce, type AccessInForce } from './access-in-force.ts';
import { advanceAccess, type AccessState } from './access-state.ts';
import { findPerson } from './find-person.ts';

const environments = 'environments:\n  - { name: dev }\n';
const release = 'rights:\n  - { who: ["*"], verbs: [release] }\n';
const hold = 'rights:\n  - { who: [ada], verbs: [hold] }\n';
const both = 'people:\n  - { id: ada, name: Ada }\n  - { id: bob, name: Bob }\n';

interface Version {
  readonly rights?: string;
  readonly main?: string;
  readonly people?: string;
}

function snapshotOf(commit: string, { rights = '', main = environments + rights, people }: Version): ConfigSnapshot {
  return parseConfig(
    commit,
    new Map([
      ['release-manager.yaml', Buffer.from(main)],
      ...(people === undefined ? [] : [['people.yaml', Buffer.from(people)] as const]),
    ]),
  );
}

/** What counts after these versions, one after the other. */
function after(...versions: readonly Version[]): AccessInForce {
  let state: AccessState = {};
  let snapshot = parseConfig('', new Map());
  for (const [index, version] of versions.entries()) {
    snapshot = snapshotOf(`${index + 1}`.repeat(40), version);
    state = advanceAccess(state, snapshot);
  }
  return accessInForce(state, snapshot);
}

const named = ({ people, mapped }: AccessInForce): unknown => ({ mapped, ids: [...people.keys()] });
const verbsOf = ({ rights }: AccessInForce): unknown => rights?.entries.map(({ verbs }) => verbs.join());

describe('what counts of people.yaml', () => {
  it('is the file where it is valid, and nobody is named by an empty one', () => {
    expect(named(after({ people: both }))).toEqual({ mapped: true, ids: ['ada', 'bob'] });
    expect(named(after({ people: both }, { people: 'people: []\n' }))).toEqual({ mapped: false, ids: [] });
    expect(named(after({ people: both }, {}))).toEqual({ mapped: false, ids: [] });
    expect(after({ people: both }).notices).toEqual([]);
  });

  it('says who somebody is elsewhere, also while the file is broken, but no longer of whom it removed', () => {
    const people = `teams:\n  - { id: ops, slack: C0123ABCD }\n${both.replace('name: Bob', 'name: Bob, slack: U012AB3CD')}`;
    const broken = after({ people }, { people: 'people: [\n' });
    expect(findPerson(broken, { slack: 'U012AB3CD' })).toMatchObject({ person: { id: 'bob' } });
    expect(broken.teams.get('ops')?.slack).toBe('C0123ABCD');
    const gone = after({ people }, { people: 'people:\n  - { id: ada, name: 7 }\n' });
    expect(findPerson(gone, { slack: 'U012AB3CD' })).toHaveProperty('reason');
  });

  it('is what it said last where it cannot be read, which is said', () => {
    const access = after({ people: both }, { people: 'people: [\n' });
    expect(named(access)).toEqual({ mapped: true, ids: ['ada', 'bob'] });
    expect(access.notices).toEqual([
      expect.stringMatching(
        /^people\.yaml is broken at line \d+: Not valid YAML: .*What it said at 1111111111 counts\.$/,
      ),
    ]);
  });

  it('is without those whom the broken file still readably removes, and adds nobody', () => {
    const access = after(
      { people: both },
      { people: 'people:\n  - { id: bob, name: Bob, team: x }\n  - { id: eve, name: E }\n' },
    );
    expect(named(access)).toEqual({ mapped: true, ids: ['bob'] });
    expect(access.notices[0]).toContain('without the people whom the broken file does not name');
  });

  it('stays without them when the next version cannot be read at all', () => {
    const removal = { people: 'people:\n  - { id: bob, name: Bob }\nteam: []\n' };
    expect(named(after({ people: both }, removal, { people: ': [' }))).toEqual({ mapped: true, ids: ['bob'] });
    expect(named(after({ people: both }, removal, { people: both }))).toEqual({ mapped: true, ids: ['ada', 'bob'] });
  });

  it('opens no door when it takes everybody out and is broken', () => {
    expect(named(after({ people: both }, { people: 'people: []\nteam: []\n' }))).toEqual({ mapped: true, ids: [] });
  });

  it('is what can be read of it where no valid version is known', () => {
    const access = after({ people: 'people:\n  - { id: bob, name: Bob }\n  - { id: eve }\n' });
    expect(named(access)).toEqual({ mapped: true, ids: ['bob'] });
    expect(access.notices[0]).toContain('No valid version is known');
    expect(named(after({ people: '][' }))).toEqual({ mapped: true, ids: [] });
  });
});

describe('what counts of rights', () => {
  it('is the file where it is valid; without any, nothing', () => {
    expect(verbsOf(after({ rights: release }))).toEqual(['release']);
    expect(after({ rights: release }, {}).rights).toBeUndefined();
    expect(verbsOf(after({ rights: release }, { rights: 'rights:\n' }))).toEqual([]);
  });

  it.each([
    ['an entry is wrong', { rights: `${hold}  - { who: [ada], verbs: [all] }\n` }],
    ['the whole file cannot be read', { main: 'environments: [' }],
    ['its name is misspelt', { rights: hold.replace('rights', 'right') }],
  ])('is what it said last where %s, with its lines and its commit', (_, version) => {
    const access = after({ rights: release }, version);
    expect(verbsOf(access)).toEqual(['release']);
    expect(access.rights?.entries[0]?.line).toBe(4);
    expect(access.rightsCommit).toBe('1'.repeat(40));
    expect(access.notices).toEqual([
      expect.stringMatching(/^release-manager\.yaml is broken at line \d+: .*The rights of 1111111111 count\.$/),
    ]);
  });

  it('is the current list while people.yaml is broken, and the other way round', () => {
    const peopleBroken = after({ people: both, rights: release }, { people: '[', rights: hold });
    expect([verbsOf(peopleBroken), peopleBroken.rightsCommit]).toEqual([['hold'], undefined]);
    const rightsBroken = after({ people: both, rights: release }, { people: 'people: []\n', rights: 'rights: 7\n' });
    expect([named(rightsBroken), verbsOf(rightsBroken)]).toEqual([{ mapped: false, ids: [] }, ['release']]);
  });

  it('is what can be read of them where no valid version is known: nothing, rather than the default', () => {
    expect(verbsOf(after({ main: '[' }))).toEqual([]);
    expect(verbsOf(after({ rights: `${hold}  - 7\n` }))).toEqual(['hold']);
  });
});

describe('before the config repo was read', () => {
  const unread = parseConfig('', new Map());

  it('what counted last counts, which is said', () => {
    const state = advanceAccess({}, snapshotOf('1'.repeat(40), { people: both, rights: release }));
    const access = accessInForce(advanceAccess(state, unread), unread);
    expect([named(access), verbsOf(access)]).toEqual([{ mapped: true, ids: ['ada', 'bob'] }, ['release']]);
    expect(access.rightsCommit).toBe('1'.repeat(40));
    expect(access.notices).toHaveLength(2);
  });

  it('and nothing is said of a repository that never was', () => {
    expect(accessInForce({}, unread)).toMatchObject({ mapped: false, notices: [] });
  });
});
