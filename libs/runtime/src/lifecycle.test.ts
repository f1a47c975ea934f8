import { EventEmitter } from 'node:events';

import { describe, expect, it } from 'vitest';

import { createLifecycle } from './lifecycle.ts';
import { silentLogger, type Logger } from './logger.ts';

function setUp() {
  const host = new EventEmitter();
  const exits: number[] = [];
  const errors: string[] = [];
  const exited = Promise.withResolvers<number>();
  const logger: Logger = { ...silentLogger, error: (message) => errors.push(message) };
  const lifecycle = createLifecycle({
    logger,
    process: {
      on: (event, listener) => host.on(event, listener),
      exit: (code) => {
        exits.push(code);
        exited.resolve(code);
      },
    },
  });
  return { host, lifecycle, exits, errors, exited: exited.promise };
}

describe('createLifecycle', () => {
  it('stops in reverse order on the first signal and exits with 0', async () => {
    const { host, lifecycle, exited } = setUp();
    const order: string[] = [];
    lifecycle.onStop('database', () => void order.push('database'));
    lifecycle.onStop('server', async () => {
      await Promise.resolve();
      order.push('server');
    });
    host.emit('SIGTERM');
    expect(lifecycle.stopping.aborted).toBe(true);
    expect(await exited).toBe(0);
    expect(order).toEqual(['server', 'database']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('exits at once on a second signal, %s', (signal, code) => {
    const { host, lifecycle, exits } = setUp();
    lifecycle.onStop('slow', async () => new Promise(() => undefined));
    host.emit('SIGINT');
    expect(exits).toEqual([]);
    host.emit(signal);
    expect(exits).toEqual([code]);
  });

  it('goes on when a part fails or hangs, and exits with 1', async () => {
    const { lifecycle, exits, errors } = setUp();
    const order: string[] = [];
    lifecycle.onStop('first', () => void order.push('first'));
    lifecycle.onStop('throws', () => {
      throw new Error('no');
    });
    lifecycle.onStop('hangs', async () => new Promise(() => undefined), { timeoutMs: 1 });
    await lifecycle.stop('test');
    expect(order).toEqual(['first']);
    expect(errors).toEqual(['part did not stop', 'part did not stop']);
    expect(exits).toEqual([1]);
  });

  it('stops what was started while it was stopping', async () => {
    const { lifecycle, exits } = setUp();
    const order: string[] = [];
    lifecycle.onStop('early', () => {
      order.push('early');
      lifecycle.onStop('late', () => void order.push('late'));
    });
    await lifecycle.stop('test');
    expect(order).toEqual(['early', 'late']);
    expect(exits).toEqual([0]);
  });

  it.each(['uncaughtException', 'unhandledRejection'])('logs %s, stops and exits with 1', async (event) => {
    const { host, lifecycle, exited, errors } = setUp();
    let stopped = false;
    lifecycle.onStop('server', () => {
      stopped = true;
    });
    host.emit(event, new Error('bug'));
    expect(await exited).toBe(1);
    expect([stopped, errors]).toEqual([true, ['fatal error']]);
  });

  it('stops once, however often it is asked', async () => {
    const { lifecycle, exits } = setUp();
    let count = 0;
    lifecycle.onStop('server', () => void (count += 1));
    await Promise.all([lifecycle.stop('a'), lifecycle.stop('b', 1)]);
    expect([count, exits]).toEqual([1, [1]]);
  });

  it('lets everything work for a while after a signal, and says at once that it leaves', async () => {
    const { host, lifecycle, exited } = setUp();
    lifecycle.drainFor(20);
    host.emit('SIGTERM');
    expect([lifecycle.leaving.aborted, lifecycle.stopping.aborted]).toEqual([true, false]);
    expect(await exited).toBe(0);
    expect(lifecycle.stopping.aborted).toBe(true);
  });

  it('does not wait for anybody after an error, not even in the middle of leaving', async () => {
    const begun = setUp();
    begun.lifecycle.drainFor(3_600_000);
    begun.host.emit('uncaughtException', new Error('bug'));
    expect(begun.lifecycle.stopping.aborted).toBe(true);
    expect(await begun.exited).toBe(1);

    const leaving = setUp();
    leaving.lifecycle.drainFor(3_600_000);
    leaving.host.emit('SIGTERM');
    leaving.host.emit('uncaughtException', new Error('bug'));
    expect(await leaving.exited).toBe(1);
  });

  it('exits at once on a second signal while it leaves', () => {
    const { host, lifecycle, exits } = setUp();
    lifecycle.drainFor(50);
    host.emit('SIGTERM');
    host.emit('SIGTERM');
    expect(exits).toEqual([143]);
  });
});
