import { describe, expect, it } from 'vitest';

import type { Invoke, Principal } from '../../http/index.ts';
import type { ChatCommand } from './chat-command.ts';
import { runCommand } from './run-command.ts';

const person = { id: 'ada', name: 'Ada L.', email: 'ada@example.com' };
const principal: Principal = { actor: { kind: 'person', person } };
const id = `rel_${'0'.repeat(26)}`;
const newer = `rel_${'1'.repeat(26)}`;
const target = { service: 'web', environment: 'prod' };

/** The operations of the API answer so; which of them were invoked is kept. */
function run(command: ChatCommand, answers: Readonly<Record<string, unknown>>, again = false) {
  const invoked: string[] = [];
  const invoke = ((operation: { readonly id: string }) => {
    invoked.push(operation.id);
    return Promise.resolve(answers[operation.id]);
  }) as unknown as Invoke;
  return runCommand(command, { invoke, principal, key: 'chat-req_1', again }).then((answer) => ({ answer, invoked }));
}

describe('a release of which nothing says what it is', () => {
  it('is told so with the way on, and asks for nothing', async () => {
    const { answer, invoked } = await run({ verb: 'release', service: 'web', environments: ['dev'] }, {});
    expect(answer).toMatchObject({ ok: false, next: expect.stringContaining('fork') as string });
    expect(invoked).toEqual([]);
  });
});

describe('a hold by a button', () => {
  const button = { verb: 'hold', ...target, reason: 'held by a button in Slack', unlessHeld: true } as const;
  const held = { items: [{ says: 'prod is held, by Bob: the database moves', reason: 'x', actor: { name: 'Bob' } }] };

  it('leaves the hold alone that is there, with its reason', async () => {
    const { answer, invoked } = await run(button, { listHolds: held });
    expect(answer).toEqual({
      ok: true,
      says: 'web: prod is held, by Bob: the database moves; nothing was changed',
    });
    expect(invoked).toEqual(['listHolds']);
  });

  it('is set where there is none, and words of somebody take the place of another hold', async () => {
    const setHold = { message: 'prod is held' };
    expect((await run(button, { listHolds: { items: [] }, setHold })).invoked).toEqual(['listHolds', 'setHold']);
    const typed = { verb: 'hold', ...target, reason: 'until Ada is back' } as const;
    expect((await run(typed, { setHold })).invoked).toEqual(['setHold']);
  });
});

describe('a retry', () => {
  const answers = (states: readonly string[]) => ({
    showRelease: { id, ...target },
    listReleases: { items: [...states.map((state) => ({ id: newer, state })), { id, state: 'failed' }] },
    retryRelease: { environment: 'prod', outcome: 'accepted', message: 'queued' },
  });

  it.each(['healthy', 'rolling-out', 'queued', 'failed'])('does nothing once a later one is %s', async (state) => {
    const { answer, invoked } = await run({ verb: 'retry', release: id }, answers([state]));
    expect(answer).toMatchObject({
      ok: false,
      says: expect.stringContaining(`${newer} to prod, which is ${state}`) as string,
    });
    expect(invoked).not.toContain('retryRelease');
  });

  it('that was done before the process died is not refused for itself', async () => {
    const listReleases = {
      items: [
        { id: newer, state: 'queued', retryOf: id },
        { id, state: 'failed' },
      ],
    };
    const { answer, invoked } = await run({ verb: 'retry', release: id }, { ...answers([]), listReleases }, true);
    expect(answer).toEqual({ ok: true, says: `prod: tried again as ${newer}` });
    expect(invoked).not.toContain('retryRelease');
  });

  it.each([[[]], [['denied', 'cancelled', 'superseded', 'waiting']]])(
    'is done where nothing took its place: %j',
    async (states) => {
      const { answer } = await run({ verb: 'retry', release: id }, answers(states));
      expect(answer).toMatchObject({ ok: true, says: 'prod: queued' });
    },
  );
});
