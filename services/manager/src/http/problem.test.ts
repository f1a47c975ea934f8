import { Problem } from '@release-manager/contract';
import { AppError, type ErrorKind } from '@release-manager/domain';
import { createRedactor } from '@release-manager/runtime';
import { describe, expect, it } from 'vitest';

import { toProblem } from './problem.ts';

const redactor = createRedactor();

describe('toProblem', () => {
  const statuses: Record<ErrorKind, number> = {
    invalid: 400,
    unauthenticated: 401,
    forbidden: 403,
    'not-found': 404,
    conflict: 409,
    denied: 422,
    limited: 429,
    unavailable: 503,
    bug: 500,
  };

  it.each(Object.entries(statuses))('answers %s with %i', (kind, status) => {
    const problem = toProblem(
      new AppError(kind as ErrorKind, 'room.what', 'It happened.', { next: 'do this' }),
      redactor,
    );
    expect(problem.status).toBe(status);
    expect(Problem.parse(problem.body)).toMatchObject({ status, kind });
    expect(problem.body.incident === undefined).toBe(kind !== 'bug');
  });

  it('names an incident for an outage whose cause only the log tells, not for what is not set up yet', () => {
    const outage = (cause?: Error): AppError => new AppError('unavailable', 'room.away', 'It is away.', { cause });
    expect(toProblem(outage(new Error('ECONNREFUSED')), redactor).body.incident).toBeDefined();
    expect(toProblem(outage(), redactor).body.incident).toBeUndefined();
  });

  it('says nothing of a defect but its incident', () => {
    const error = new Error("duplicate key in 'select * from tokens' at /app/x.ts:3", { cause: new Error('hash abc') });
    const { body, status } = toProblem(error, redactor);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/select|tokens|x\.ts|hash/);
    expect(body.incident).toMatch(/^inc_[0-9a-z]{26}$/);
    const own = toProblem(new AppError('bug', 'secret.code', 'internals', { details: { sql: 'select' } }), redactor);
    expect(JSON.stringify(own.body)).not.toMatch(/secret\.code|internals|select/);
  });

  it('says when to come back, how to log in and what is allowed', () => {
    const headers = (kind: ErrorKind, code: string, details = {}): unknown =>
      toProblem(new AppError(kind, code, 'x', { details }), redactor).headers;
    expect(headers('unavailable', 'a.b')).toEqual({ 'retry-after': '5' });
    expect(headers('limited', 'a.b', { retryAfterSeconds: 12.2 })).toEqual({ 'retry-after': '13' });
    expect(headers('unauthenticated', 'access.no-token')).toEqual({
      'www-authenticate': 'Bearer realm="release-manager"',
    });
    expect(headers('unauthenticated', 'access.token-expired')).toEqual({
      'www-authenticate': 'Bearer realm="release-manager", error="invalid_token"',
    });
    expect(headers('invalid', 'http.method', { allow: 'GET' })).toEqual({ allow: 'GET' });
  });

  it('masks secrets that a message quotes', () => {
    const { body } = toProblem(new AppError('invalid', 'a.b', 'bad url https://u:hunter22@h/x'), redactor);
    expect(body.detail).not.toContain('hunter22');
  });
});
