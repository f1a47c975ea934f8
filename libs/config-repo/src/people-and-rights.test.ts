import { describe, expect, it, test } from 'vitest';

import { parseConfig } from './parse-config.ts';
import type { ConfigSnapshot } from './snapshot.ts';

const environments = 'environments:\n  - { name: dev }\n';

function parse(files: { readonly main?: string; readonly people?: string }): ConfigSnapshot {
  const named = [
    ['release-manager.yaml', files.main ?? environments],
    ['people.yaml', files.people],
  ].flatMap(([path, text]) => (text === undefined ? [] : [[path ?? '', Buffer.from(text)] as const]));
  return parseConfig('abc', new Map(named));
}

describe('rights', () => {
  const rightsOf = (text: string): ConfigSnapshot['rights'] => parse({ main: environments + text }).rights;

  it('are known by their lines', () => {
    const rights = rightsOf(`rights:
  # those who are on call
  - who: ["team:ops"]
    verbs: [rollback]

  - { who: ["*", ada], verbs: [release], environments: [dev], services: ["web-*"] }
`);
    expect(rights).toEqual({
      line: 3,
      broken: [],
      entries: [
        { who: ['team:ops'], verbs: ['rollback'], line: 5 },
        { who: ['*', 'ada'], verbs: ['release'], environments: ['dev'], services: ['web-*'], line: 8 },
      ],
    });
  });

  it('are absent where the file names none, and none where it names an empty list', () => {
    expect(rightsOf('')).toBeUndefined();
    expect(rightsOf('rights: []\n')).toMatchObject({ entries: [], broken: [] });
    expect(rightsOf('rights:\n#  - { who: [ada], verbs: [release] }\n')).toMatchObject({ entries: [], broken: [] });
  });

  it.each([
    ['a verb that does not exist', 'rights:\n  - { who: [ada], verbs: [relese] }\n'],
    ['nobody', 'rights:\n  - { who: [], verbs: [release] }\n'],
    ['no verb', 'rights:\n  - { who: [ada], verbs: [] }\n'],
    ['another case', 'rights:\n  - { who: [Ada], verbs: [release] }\n'],
    ['a letter that only looks like one', 'rights:\n  - { who: [аda], verbs: [release] }\n'],
    ['a kind of who that nobody knows', 'rights:\n  - { who: [group:ops], verbs: [release] }\n'],
    ['an unknown field', 'rights:\n  - { who: [ada], verbs: [release], environment: dev }\n'],
    ['an alternative that no glob has', 'rights:\n  - { who: [ada], verbs: [release], services: ["{a,b}"] }\n'],
    ['no list', 'rights: { who: [ada], verbs: [release] }\n'],
    ['a list under another name', 'right:\n  - { who: [ada], verbs: [release] }\n'],
    ['no YAML', 'rights: [\n'],
    ['two lists', 'rights: []\nrights: []\n'],
  ])('are broken by %s, which is said', (_, text) => {
    const { rights, problems } = parse({ main: environments + text });
    expect(rights?.broken).toHaveLength(1);
    expect(rights?.entries).toEqual([]);
    expect(problems).toMatchObject([{ file: 'release-manager.yaml', line: expect.any(Number) as number }]);
  });

  it('lose nothing but the entry that cannot be read', () => {
    const rights = rightsOf('rights:\n  - { who: [ada], verbs: [release] }\n  - { who: [ada], verbs: [all] }\n');
    expect(rights).toMatchObject({ entries: [{ who: ['ada'], line: 4 }], broken: [{ line: 5 }] });
  });

  it('are not broken by what is wrong elsewhere in the file', () => {
    const main = `${environments}policies: 7\nrights:\n  - { who: [ada], verbs: [release] }\n`;
    expect(parse({ main }).rights).toMatchObject({ broken: [], entries: [{ line: 5 }] });
  });
});

describe('people', () => {
  const peopleOf = (people: string): ConfigSnapshot['people'] => parse({ people }).people;

  it('are known by their lines', () => {
    expect(peopleOf('people:\n  - { id: ada, name: Ada L. }\n  - id: bob\n    name: Bob\n')).toMatchObject({
      line: 1,
      ids: ['ada', 'bob'],
      people: [
        { id: 'ada', line: 2 },
        { id: 'bob', line: 3 },
      ],
      broken: [],
    });
  });

  it('are nobody without the file, or with an empty one', () => {
    for (const people of [undefined, '', 'people: []\n', 'people:\n', 'teams: []\n'])
      expect(parse(people === undefined ? {} : { people }).people).toMatchObject({ people: [], ids: [], broken: [] });
  });

  it.each([
    ['an id that is that of an actor', 'people:\n  - { id: admin, name: A }\n', ['admin'], []],
    ['an id in another case', 'people:\n  - { id: Ada, name: A }\n', ['Ada'], []],
    ['an id that is no text', 'people:\n  - { id: 7, name: A }\n  - { id: bob, name: B }\n', ['bob'], ['bob']],
    [
      'an id that is given twice',
      'people:\n  - { id: ada, name: A }\n  - { id: ada, name: B }\n',
      ['ada', 'ada'],
      ['ada'],
    ],
    ['a field that nobody knows', 'people:\n  - { id: ada, name: A, team: x }\n', ['ada'], []],
    ['people without a list', 'people: { ada: Ada }\n', undefined, []],
    ['a list under another name', 'persons:\n  - { id: ada, name: A }\n', undefined, []],
    ['no YAML', 'people: [\n', undefined, []],
  ])('are broken by %s, and whose ids stand there is known', (_, text, ids, usable) => {
    const people = peopleOf(text);
    expect(people.broken).toHaveLength(1);
    expect(people.ids).toEqual(ids);
    expect(people.people.map(({ id }) => id)).toEqual(usable);
  });

  test('of a broken file: nothing in the words acts on a terminal', () => {
    const [problem] = peopleOf('"peo\\u001Bple": []\n').broken;
    expect(problem?.message).toContain('\\u001b');
    expect(problem?.message).not.toContain('\u001B');
  });
});
