import type { Actor } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import {
  parseStateFile,
  saysTheSame,
  stateActor,
  stateFile,
  stateMessage,
  stateOf,
  type StateInput,
} from './state-file.ts';
import { parseTrailers } from './trailers.ts';

const ada: Actor = { kind: 'person', person: { id: 'ada', name: 'Ada L.', email: 'ada@example.com' } };
const since = new Date('2026-01-02T03:04:05Z');
const input: StateInput = {
  environment: 'prod',
  service: 'web',
  version: 3,
  hold: { reason: 'orders fail', actor: ada, since, until: new Date('2026-01-03T00:00:00Z') },
  quarantines: [
    { artifactId: 'main-0123456789-bbbbbbbbbb', reason: 'orders fail', actor: { kind: 'admin' }, since },
    { artifactId: 'main-0123456789-aaaaaaaaaa', reason: 'slow', actor: { kind: 'manager' }, since },
  ],
};

/** The file with something else in its hold. */
function withHold(other: Readonly<Record<string, unknown>>): object {
  const state = stateOf(input);
  return { ...state, hold: { ...state.hold, ...other } };
}

describe('a state file', () => {
  it('says what it was made from, in an order of its own', () => {
    const state = parseStateFile(stateFile(stateOf(input)));
    if ('problem' in state) throw new Error(state.problem);
    expect(state.quarantines.map(({ artifact }) => artifact)).toEqual([
      'main-0123456789-aaaaaaaaaa',
      'main-0123456789-bbbbbbbbbb',
    ]);
    expect(state.hold).toMatchObject({ reason: 'orders fail', until: '2026-01-03T00:00:00.000Z' });
    expect(state.hold && stateActor(state.hold.by)).toEqual(ada);
    expect(state.quarantines.map(({ by }) => stateActor(by))).toEqual([{ kind: 'manager' }, { kind: 'admin' }]);
  });

  it('is the same bytes for the same data', () => {
    const turned = { ...input, quarantines: input.quarantines.toReversed() };
    expect(stateFile(stateOf(turned))).toEqual(stateFile(stateOf(input)));
  });

  it('says the same whatever it counts, and not when a reason differs', () => {
    expect(saysTheSame(stateOf(input), stateOf({ ...input, version: 9 }))).toBe(true);
    expect(saysTheSame(stateOf(input), stateOf({ ...input, hold: undefined }))).toBe(false);
    expect(saysTheSame(undefined, stateOf({ ...input, hold: undefined, quarantines: [] }))).toBe(true);
    expect(saysTheSame(undefined, stateOf(input))).toBe(false);
  });

  it('holds no line break and nothing invisible, whatever somebody wrote', () => {
    const reason = 'first\nSecond: line\u202Eturned\u0000';
    const person = { id: 'eve', name: 'Eve\nX', email: 'e@example.com' };
    const state = stateOf({ ...input, hold: { reason, actor: { kind: 'person', person }, since } });
    expect(state.hold?.reason).toBe('first Second: line turned');
    expect(state.hold?.by).toMatchObject({ name: 'Eve X' });
  });

  it.each([
    ['no JSON', 'x'],
    ['another schema', JSON.stringify({ ...stateOf(input), schemaVersion: 2 })],
    ['an unknown field', JSON.stringify({ ...stateOf(input), more: true })],
    ['no artifact id', JSON.stringify({ ...stateOf(input), quarantines: [{ artifact: '../x' }] })],
    ['a character that no database takes', JSON.stringify(withHold({ reason: 'a\u0000b' }))],
    ['half a character', JSON.stringify(withHold({ reason: '\ud800' }))],
    [
      'a line break in a name',
      JSON.stringify(withHold({ by: { kind: 'person', id: 'a', name: 'A\nB', email: 'a@b' } })),
    ],
    ['a time before there were computers', JSON.stringify(withHold({ since: '0000-01-01T00:00:00Z' }))],
    ['a time that has five digits for its year', JSON.stringify(withHold({ until: '9999-12-31T23:00:00-12:00' }))],
    ['a count beyond which nobody can count', JSON.stringify({ ...stateOf(input), version: Number.MAX_SAFE_INTEGER })],
  ])('is not believed with %s', (_, content) => {
    expect(parseStateFile(Buffer.from(content))).toHaveProperty('problem');
  });
});

describe('its commit message', () => {
  const message = (reason: string): string =>
    stateMessage({
      environment: 'prod',
      service: 'web',
      says: 'hold set',
      actor: ada,
      author: { name: 'Ada L.', email: 'ada@example.com' },
      reason,
    });

  it('names target, change, person and reason', () => {
    expect(message('orders fail')).toBe(
      '[prod/web] hold set by ada\n\nService: web\nEnvironment: prod\nChanged-By: Ada L. <ada@example.com>\nReason: orders fail\n',
    );
  });

  it('can never be taken for a release', () => {
    const trailers = parseTrailers(message('x\n\nRelease-Id: rel_00000000000000000000000000\nService: other'));
    expect(trailers).toMatchObject({ service: 'web', environment: 'prod' });
    expect(trailers).not.toHaveProperty('releaseId');
  });
});
