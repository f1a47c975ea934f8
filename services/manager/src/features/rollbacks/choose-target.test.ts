import { AppError, type ReleaseState } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { chooseTarget, takeNamed, type Target } from './choose-target.ts';
import { isNewerThere } from './is-newer-there.ts';
import type { Build, Situation } from './past-release.ts';

/** Committed releases, the first one first: `a` (committed), `a:healthy`, `a:watched` (committed, with a daemon), `-` (an undeploy). */
function situation(text: string, more: Partial<Situation> = {}): Situation {
  const past = text
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index) => {
      const [name = '', state = 'committed'] = word.split(':');
      return {
        id: `rel_${index}`,
        state: (state === 'watched' ? 'committed' : state) as ReleaseState,
        watched: state === 'watched',
        committedAt: new Date(Date.UTC(2026, 0, 1 + index)),
        ...(name === '-' ? {} : { artifactId: name }),
      };
    })
    .toReversed();
  return {
    service: 'web',
    environment: 'prod',
    past,
    current: past[0]?.artifactId,
    quarantined: new Set(),
    builds: new Map(),
    ...more,
  };
}

/** Builds of main, the first one first. */
function builds(...names: readonly string[]): ReadonlyMap<string, Build> {
  return new Map(
    names.map((name, index) => [
      name,
      { branch: 'main', order: { sha: name, ci: { provider: 'x', workflow: 'y', runNumber: index } } },
    ]),
  );
}

/** Nothing when there is nothing to go back to; any other error is one. */
function chooseOrNothing(facts: Situation): Target | undefined {
  try {
    return chooseTarget(facts);
  } catch (error) {
    if (error instanceof AppError && error.code === 'rollback.nothing-to-go-back-to') return undefined;
    throw error;
  }
}

const chosen = (text: string, more?: Partial<Situation>): string => chooseTarget(situation(text, more)).artifactId;

describe('where a rollback goes by itself', () => {
  it.each([
    ['to the one before, where nobody reports', 'a b c', 'b'],
    ['past releases of the same artifact', 'a b b', 'a'],
    ['past what failed', 'a:healthy b:failed c:failed', 'a'],
    ['past what was replaced before it came to an end', 'a:healthy b:superseded c:failed', 'a'],
    ['to what ended healthy once it was tried again', 'a:healthy b:failed b:healthy c:failed', 'b'],
    ['past what failed the last time', 'a:healthy b:healthy b:failed c:failed', 'a'],
    ['to what was committed before anybody reported', 'a b c:failed', 'b'],
    ['past what never came further than the config repo while somebody reported', 'a:healthy b:watched c:failed', 'a'],
    ['to what was committed while nobody reported', 'a:healthy b c:failed', 'b'],
    ['to what nobody complained of, when whoever reported fell silent', 'a:failed b:watched c', 'b'],
    ['to what was there, after an undeploy', 'a b -', 'b'],
    ['over an undeploy in between', 'a - b', 'a'],
  ])('%s', (_name, text, expected) => {
    expect(chosen(text)).toBe(expected);
  });

  it('past what is quarantined there', () => {
    expect(chosen('a b c', { quarantined: new Set(['b']) })).toBe('a');
  });

  it('never forward: after one rollback the next goes further back, though nothing is quarantined', () => {
    expect(chosen('a b c b', { builds: builds('a', 'b', 'c') })).toBe('a');
  });

  it('to what lies in the config repo, when the bad one is only queued', () => {
    const target = chooseTarget(situation('a b', { current: 'c' }));
    expect(target).toMatchObject({ artifactId: 'b', ended: 'committed' });
    expect(target.until).toBeUndefined();
  });

  it('says since when it was there and until when', () => {
    expect(chooseTarget(situation('a:healthy b:healthy c:failed'))).toEqual({
      artifactId: 'b',
      release: {
        id: 'rel_1',
        artifactId: 'b',
        state: 'healthy',
        watched: false,
        committedAt: new Date(Date.UTC(2026, 0, 2)),
      },
      ended: 'healthy',
      until: new Date(Date.UTC(2026, 0, 3)),
    });
  });

  it.each([
    ['', /nothing was committed there before/],
    ['a', /nothing was committed there before a/],
    ['a:failed b:failed', /a \(failed there\)/],
  ])('nowhere from "%s", and says why', (text, words) => {
    expect(() => chosen(text)).toThrow(expect.objectContaining({ code: 'rollback.nothing-to-go-back-to' }) as Error);
    expect(() => chosen(text)).toThrow(words);
  });

  it.each([
    ['', {}, 'release-cli release --artifact <id> prod'],
    ['a:failed b:failed', {}, '--to a'],
    // What is quarantined is refused with --to as well.
    ['a b', { quarantined: new Set(['a']) }, 'release-cli quarantine a --lift'],
    ['a:failed b c', { quarantined: new Set(['b']) }, '--to a'],
    ['a b', { current: 'a' }, 'release-cli release --artifact b prod'],
  ])('nowhere from "%s" %o, with a way on that is one', (text, more, way) => {
    expect(() => chosen(text, more)).toThrow(
      expect.objectContaining({ next: expect.stringContaining(way) as string }) as Error,
    );
  });

  it('nowhere when all that was there is quarantined, and says so', () => {
    const all = { quarantined: new Set(['a', 'b']) };
    expect(() => chosen('a b c', all)).toThrow(/b \(quarantined\), a \(quarantined\)/);
  });

  it('as a law: to something that was there, differs, is not quarantined, did not fail and is not newer', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', '-');
    const state = fc.constantFrom('committed', 'watched', 'healthy', 'failed', 'superseded');
    const word = fc.tuple(name, state).map(([artifact, how]) => `${artifact}:${how}`);
    const quarantined = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), quarantined, fc.boolean(), (words, bad, known) => {
        const facts = situation(words.join(' '), {
          quarantined: new Set(bad),
          builds: known ? builds('a', 'b', 'c', 'd') : new Map(),
        });
        const target = chooseOrNothing(facts);
        if (target === undefined) return;
        const last = facts.past.find(({ artifactId }) => artifactId === target.artifactId);
        expect(last).toBe(target.release);
        expect(target.artifactId).not.toBe(facts.current);
        expect(bad).not.toContain(target.artifactId);
        expect(target.release.state).not.toBe('failed');
        expect(isNewerThere(target.artifactId, facts)).toBe(false);
      }),
    );
  });
});

describe('a named target', () => {
  it('is taken when it was there, even if it failed', () => {
    expect(takeNamed('a', situation('a:failed b c'))).toMatchObject({ artifactId: 'a', ended: 'committed' });
  });

  it('is not known where it never was', () => {
    expect(takeNamed('x', situation('a b'))).toBeUndefined();
  });

  it('is refused when it is newer, with the way forward', () => {
    const back = situation('a b a', { builds: builds('a', 'b') });
    expect(() => takeNamed('b', back)).toThrow(
      expect.objectContaining({
        code: 'rollback.to-newer',
        next: 'go forward with `release-cli release --artifact b prod --service web`',
      }) as Error,
    );
  });

  it('is refused when it is quarantined, with the way out', () => {
    expect(() => takeNamed('a', situation('a b', { quarantined: new Set(['a']) }))).toThrow(
      expect.objectContaining({ kind: 'denied', code: 'rollback.quarantined' }) as Error,
    );
  });
});

describe('newer', () => {
  it('is what the builds of one branch say, whichever came there first', () => {
    expect(isNewerThere('b', situation('b a', { builds: builds('a', 'b') }))).toBe(true);
    expect(isNewerThere('a', situation('a b', { builds: builds('a', 'b') }))).toBe(false);
  });

  it('is what came there later, between branches and for forgotten builds', () => {
    const other: ReadonlyMap<string, Build> = new Map([
      ...builds('b'),
      ['h', { branch: 'hotfix', order: { sha: 'h' } }],
    ]);
    expect(isNewerThere('h', situation('b h b', { builds: other }))).toBe(true);
    expect(isNewerThere('b', situation('b h', { builds: other }))).toBe(false);
    expect(isNewerThere('c', situation('b c b'))).toBe(true);
    expect(isNewerThere('a', situation('a b'))).toBe(false);
  });

  it('nothing that was there is newer than what is only on its way', () => {
    expect(isNewerThere('b', situation('a b', { current: 'c' }))).toBe(false);
  });
});
