import { parseConfig } from '@release-manager/config-repo';
import type { Person } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { accessInForce, type AccessInForce } from './access-in-force.ts';
import { advanceAccess } from './access-state.ts';
import { judgeByFile, judgeUnmapped } from './judge-by-file.ts';
import { verbs, type Act, type Judgement } from './judgement.ts';
import { accessTexts, arbitraryFiles, personIds, readsAsAllowed, type AccessFiles } from './naive-reading.testing.ts';

function accessOf(files: AccessFiles): AccessInForce {
  const texts = Object.entries(accessTexts(files, [{ name: 'dev' }]));
  const snapshot = parseConfig('c1', new Map(texts.map(([path, text]) => [path, Buffer.from(text)])));
  return accessInForce(advanceAccess({}, snapshot), snapshot);
}

const person = (id: string): Person => ({ id, name: 'A "B" #c: d', email: `${id}@example.com` });

function judgeOf(files: AccessFiles, id: string, act: Act): Judgement {
  const access = accessOf(files);
  const { rights } = access;
  if (rights === undefined) throw new Error('the files name rights');
  return judgeUnmapped(person(id), act, access) ?? judgeByFile(person(id), act, { ...access, rights });
}

const names = ['dev', 'prod', 'web', 'web-x', 'checkout', 'true'];
const filesOf = arbitraryFiles(names);
const maybe = fc.option(fc.constantFrom(...names), { nil: undefined });
const acts: fc.Arbitrary<Act> = fc.record({
  verb: fc.constantFrom(...verbs.filter((verb) => verb !== 'read' && verb !== 'own-tokens' && verb !== 'report')),
  environment: maybe,
  service: maybe,
  owner: maybe,
});

describe('a judgement by the file', () => {
  it('is that of somebody who reads the file, for whatever stands in it', () => {
    fc.assert(
      fc.property(filesOf, personIds, acts, (files, id, act) => {
        expect(judgeOf(files, id, act).allowed).toBe(readsAsAllowed(files, id, act));
      }),
      { numRuns: 1500 },
    );
  });

  it('names a line that exists, and a way out that works: the line to add allows it', () => {
    fc.assert(
      fc.property(filesOf, personIds, acts, (files, id, act) => {
        const judgement = judgeOf(files, id, act);
        // No line of its own gives these verbs, and an act without a place is refused before any line is read.
        fc.pre(act.verb !== 'upload' && act.verb !== 'report' && judgement.source !== undefined);
        if (judgement.allowed) return;
        expect(judgement.source).toMatchObject({ line: 1 });
        const line = judgement.next.slice(judgement.next.indexOf(': - ') + 4);
        expect(judgeWith(files, line, { id, act })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** Pastes the line where it is said to belong, and asks again; a person who is added may need a right besides. */
function judgeWith(files: AccessFiles, line: string, { id, act }: { readonly id: string; readonly act: Act }): boolean {
  const isPerson = line.startsWith('{ id:');
  const main = `environments: [{ name: dev }]\nrights:\n${files.rights.map((one) => `  - ${JSON.stringify(one)}\n`).join('')}`;
  const people = `teams: ${JSON.stringify(files.teams.map((team) => ({ id: team })))}\npeople:\n${files.people.map((one) => `  - ${JSON.stringify(one)}\n`).join('')}`;
  const snapshot = parseConfig(
    'c2',
    new Map([
      ['release-manager.yaml', Buffer.from(isPerson ? main : `${main}  - ${line}\n`)],
      ['people.yaml', Buffer.from(isPerson ? `${people}  - ${line}\n` : people)],
    ]),
  );
  expect(snapshot.problems).toEqual([]);
  const access = accessInForce(advanceAccess({}, snapshot), snapshot);
  if (isPerson) return judgeUnmapped(person(id), act, access) === undefined;
  return access.rights !== undefined && judgeByFile(person(id), act, { ...access, rights: access.rights }).allowed;
}

describe('names that are nearly right', () => {
  const rights = (who: string): AccessFiles['rights'] => [{ who: [who], verbs: ['release'] }];
  const act: Act = { verb: 'release', environment: 'dev' };
  const people = [{ id: 'ada', name: 'Ada', teams: ['ops'] }];

  it.each([
    ['a team that is not declared', { people, teams: [], rights: rights('team:ops') }],
    [
      'a person who is called like a team',
      { people: [{ id: 'ops', name: 'O', teams: [] }, ...people], teams: ['ops'], rights: rights('ops') },
    ],
    ['a team that is called like the person', { people, teams: ['ada'], rights: rights('team:ada') }],
    ['another case', { people, teams: ['ops'], rights: rights('ADA') }],
    ['a letter that looks alike', { people, teams: ['ops'], rights: rights('аda') }],
    ['no right at all', { people, teams: ['ops'], rights: [] }],
    [
      'an empty list of environments',
      { people, teams: ['ops'], rights: [{ who: ['ada'], verbs: ['release'], environments: [] }] },
    ],
    [
      'an empty list of services',
      { people, teams: ['ops'], rights: [{ who: ['ada'], verbs: ['release'], services: [] }] },
    ],
    ['somebody else with every verb', { people, teams: ['ops'], rights: [{ who: ['ada-x'], verbs: ['admin'] }] }],
  ] satisfies [string, AccessFiles][])('give nothing: %s', (_, files) => {
    expect(judgeOf(files, 'ada', act).allowed).toBe(false);
  });

  it('and the right ones do', () => {
    for (const who of ['ada', 'team:ops', '*'])
      expect(judgeOf({ people, teams: ['ops'], rights: rights(who) }, 'ada', act).allowed).toBe(true);
  });

  it('an act that does not say whose service it is about is not covered by a right for owners', () => {
    const files: AccessFiles = { people, teams: [], rights: [{ who: ['ada'], verbs: ['admin'], owners: ['*'] }] };
    expect(judgeOf(files, 'ada', { verb: 'admin', service: 'web' })).toMatchObject({
      allowed: false,
      explanation: 'ada may not admin web: the right of line 1 counts for services of its owners only',
    });
    expect(judgeOf(files, 'ada', { verb: 'admin', service: 'web', owner: 'checkout' }).allowed).toBe(true);
  });

  it('of two rights that miss by one thing the one for the place is named, not the one for another place', () => {
    const elsewhere = { who: ['*'], verbs: ['rollback'], environments: ['prod'] };
    const ofTeam = { who: ['ada'], verbs: ['rollback'], environments: ['dev'], owners: ['checkout'] };
    for (const both of [
      [elsewhere, ofTeam],
      [ofTeam, elsewhere],
    ])
      expect(
        judgeOf({ people, teams: [], rights: both }, 'ada', { verb: 'rollback', environment: 'dev', service: 'web' }),
      ).toMatchObject({ explanation: expect.stringContaining('counts for services of its owners only') as string });
  });

  it('who is not named is told the line', () => {
    expect(judgeOf({ people, teams: [], rights: rights('*') }, 'bob', act)).toMatchObject({
      allowed: false,
      source: { file: 'people.yaml', line: 1 },
      next: String.raw`have somebody add this line to people.yaml, below people: - { id: bob, name: "A \"B\" #c: d", emails: ["bob@example.com"] }`,
    });
  });

  it('everybody is everybody with a token where nobody is named', () => {
    expect(judgeOf({ people: [], teams: [], rights: rights('*') }, 'bob', act).allowed).toBe(true);
  });
});
