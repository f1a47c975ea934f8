import { describe, expect, it } from 'vitest';

import { findPerson } from './people-lookup.ts';
import type { LocatedPerson } from './people.ts';

const person = (id: string, line: number, more: Partial<LocatedPerson>): LocatedPerson => ({
  id,
  name: id,
  emails: [],
  teams: [],
  line,
  ...more,
});
const ada = person('ada', 4, {
  emails: ['ada@example.com', 'Lovelace@Example.com'],
  github: 'Ada-L',
  slack: 'U012AB3CD',
});
const bob = person('bob', 5, { emails: ['bob@example.com'], github: 'bob', slack: 'U999' });

describe('findPerson', () => {
  it.each([
    [{ email: 'ADA@example.com' }],
    [{ email: 'lovelace@example.COM' }],
    [{ github: 'ada-l' }],
    [{ github: '@ADA-L' }],
    [{ slack: 'U012AB3CD' }],
  ])('finds %o', (key) => {
    expect(findPerson([bob, ada], key)).toEqual({ person: ada });
  });

  it.each([
    ['an e-mail that nobody has', { email: 'eve@example.com' }, 'the e-mail "eve@example.com"'],
    ['part of an e-mail', { email: 'example.com' }, 'the e-mail "example.com"'],
    ['a letter that only lower-cases to another', { github: 'Bo\u{212A}' }, 'the GitHub login'],
    ['a Slack id of another case', { slack: 'u999' }, 'the Slack id "u999"'],
    ['nothing', { slack: ' ' }, 'the Slack id " "'],
    ['the name of another place', { slack: 'bob' }, 'the Slack id "bob"'],
  ])('finds nobody by %s', (_, key, said) => {
    const found = findPerson([person('bok', 6, { github: 'bok' }), ada, bob], key);
    expect(found).toEqual({ reason: expect.stringContaining(`nobody with ${said}`) as string });
  });

  it('does not guess between two, and says where they stand', () => {
    const twin = person('bob2', 9, { github: 'BOB' });
    expect(findPerson([ada, bob, twin], { github: 'bob' })).toEqual({
      reason:
        'people.yaml gives the GitHub login "bob" to bob (line 5) and bob2 (line 9), so it is not known who of them it is.',
    });
  });

  it('takes nobody without such a name for an empty one', () => {
    expect(findPerson([person('eve', 3, {})], { github: '' })).toHaveProperty('reason');
  });

  it('says long and strange names harmlessly', () => {
    const found = findPerson([], { email: `\u001B[31m${'x'.repeat(500)}` });
    expect(found).toEqual({
      reason: expect.stringMatching(/^people\.yaml names nobody with the e-mail "\\u001b/) as string,
    });
  });
});
