import { AppError } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { createContext } from './context.ts';
import { createLogger, silentLogger, type LogLevel } from './logger.ts';
import { createRedactor } from './redactor.ts';

function setUp(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const context = createContext();
  const redactor = createRedactor();
  const logger = createLogger({ level, redactor, context, write: (line) => lines.push(line) });
  const last = (): unknown => JSON.parse(lines.at(-1) ?? 'null');
  return { lines, context, redactor, logger, last };
}

describe('createLogger', () => {
  it('writes one JSON line with time, level, message and fields', () => {
    const { lines, logger, last } = setUp();
    logger.info('pushed', { commits: 3 });
    expect(lines).toEqual([expect.stringMatching(/^\{"time":"[^"]+Z","level":"info","message":"pushed",.*\}\n$/)]);
    expect(last()).toMatchObject({ level: 'info', message: 'pushed', commits: 3 });
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = setUp('warn');
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines).toHaveLength(2);
  });

  it('adds the ids of the work, through awaits and nested work, and not those of other work', async () => {
    const { context, logger, lines } = setUp();
    await Promise.all([
      context.run({ requestId: 'req_1', actor: 'ada' }, async () => {
        await Promise.resolve();
        context.run({ releaseId: 'rel_1' }, () => logger.info('inner'));
      }),
      context.run({ requestId: 'req_2' }, async () => {
        await Promise.resolve();
        logger.info('other');
      }),
    ]);
    logger.info('outside');
    const entries = lines.map((line) => ({ ...(JSON.parse(line) as object), time: '' }));
    expect(entries).toContainEqual({
      time: '',
      level: 'info',
      message: 'inner',
      requestId: 'req_1',
      actor: 'ada',
      releaseId: 'rel_1',
    });
    expect(entries).toContainEqual({ time: '', level: 'info', message: 'other', requestId: 'req_2' });
    expect(entries).toContainEqual({ time: '', level: 'info', message: 'outside' });
  });

  it('shows an error with code, kind, next, details and causes, and a stack only where the code is at fault', () => {
    const { logger, last } = setUp();
    const cause = Object.assign(new Error('socket closed'), { code: 'ECONNRESET' });
    logger.warn('push failed', { error: new AppError('unavailable', 'git.push', 'no push', { next: 'wait', cause }) });
    expect(last()).toMatchObject({
      error: { kind: 'unavailable', code: 'git.push', message: 'no push', next: 'wait', cause: { code: 'ECONNRESET' } },
    });
    expect(last()).not.toHaveProperty('error.stack');
    expect(last()).toHaveProperty('error.cause.stack');
    logger.error('bug', new AppError('bug', 'x.y', 'impossible'));
    expect(last()).toHaveProperty('error.stack');
    logger.error('many', { error: new AggregateError([new Error('one')], 'all failed') });
    expect(last()).toMatchObject({ error: { message: 'all failed', errors: [{ message: 'one' }] } });
  });

  it('redacts message and fields', () => {
    const { redactor, logger, lines } = setUp();
    redactor.register('hunter2-hunter2');
    logger.info('sent hunter2-hunter2', { url: 'https://a:b@x.test', error: new Error('hunter2-hunter2') });
    expect(lines.join('')).not.toMatch(/hunter2|a:b@/);
  });

  it('keeps time, level and message its own, and the field too', () => {
    const { logger, last } = setUp();
    logger.info('real', { message: 'forged\n{"level":"error"}', level: 'error' });
    expect(last()).toMatchObject({ level: 'info', message: 'real', field_level: 'error' });
  });

  it('never throws and never writes two lines, whatever it is given', () => {
    const { logger, lines } = setUp();
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle['self'] = cycle;
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const bad: object[] = [
      cycle,
      {
        big: 1n,
        nan: Number.NaN,
        fn: () => 1,
        symbol: Symbol('s'),
        date: new Date(Number.NaN),
        bytes: Buffer.from('ab'),
      },
      {
        get trap(): never {
          throw new Error('getter');
        },
      },
      {
        toJSON: () => {
          throw new Error('toJSON');
        },
      },
      revoked.proxy,
      { proxy: revoked.proxy },
      Object.create(null) as object,
      JSON.parse('{"__proto__": {"level": "fake"}}') as object,
      [1, 2],
      { text: 'two\nlines \u2028 \ud800' },
      Object.assign(new Error('x'), { cause: cycle }),
    ];
    for (const fields of bad) logger.error('odd', fields);
    expect(lines).toHaveLength(bad.length);
    for (const line of lines) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toMatchObject({ level: 'error', message: 'odd' });
    }
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ name: 'a', self: '[circular]' });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ big: '1', nan: 'NaN', bytes: '[2 bytes]' });
  });

  it('survives a stream that cannot be written', () => {
    const logger = createLogger({
      level: 'info',
      redactor: createRedactor(),
      context: createContext(),
      write: () => {
        throw new Error('EPIPE');
      },
    });
    expect(() => logger.info('lost')).not.toThrow();
    expect(() => silentLogger.error('never written')).not.toThrow();
  });
});
