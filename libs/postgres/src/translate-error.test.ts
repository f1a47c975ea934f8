import { AppError } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { reconnectDelay } from './listener.ts';
import { placeOf, translateError } from './translate-error.ts';

const coded = (message: string, code: string): Error => Object.assign(new Error(message), { code });
const severalAddresses = new AggregateError([coded('connect ECONNREFUSED ::1:5432', 'ECONNREFUSED')]);

describe('translateError', () => {
  it.each([
    coded('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'),
    coded('getaddrinfo ENOTFOUND db', 'ENOTFOUND'),
    coded('terminating connection due to administrator command', '57P01'),
    coded('the database system is starting up', '57P03'),
    coded('sorry, too many clients already', '53300'),
    coded('connection failure', '08006'),
    new Error('Connection terminated unexpectedly'),
    new Error('Knex: Timeout acquiring a connection. The pool is probably full.'),
    severalAddresses,
  ])('says that the database is away: %s', (error) => {
    const translated = translateError(error, 'db:5432/main');
    expect(translated).toMatchObject({ kind: 'unavailable', code: 'database.unavailable', cause: error });
    expect(translated).toHaveProperty('message', expect.stringContaining('db:5432/main'));
    expect(translated).toHaveProperty('next', expect.any(String));
  });

  it.each([coded('deadlock detected', '40P01'), coded('could not serialize access', '40001')])(
    'says that it is worth trying again: %s',
    (error) => {
      expect(translateError(error, 'db/main')).toMatchObject({ kind: 'unavailable', code: 'database.conflict' });
    },
  );

  it.each([coded('password authentication failed for user "ada"', '28P01'), coded('no such database', '3D000')])(
    'says that the database does not let us in: %s',
    (error) => {
      expect(translateError(error, 'db/main')).toMatchObject({ kind: 'unavailable', code: 'database.refused' });
    },
  );

  it.each([
    coded('cannot execute INSERT in a read-only transaction', '25006'),
    coded('could not extend file: No space left on device', '53100'),
  ])('says that the database takes no writes: %s', (error) => {
    expect(translateError(error, 'db/main')).toMatchObject({ kind: 'unavailable', code: 'database.read-only' });
  });

  it.each([
    coded('duplicate key value violates unique constraint', '23505'),
    new AppError('denied', 'x.y', 'no'),
    new Error('Connection refused by policy'),
  ])('leaves the rest to whoever expects it: %s', (error) => {
    expect(translateError(error, 'db/main')).toBe(error);
  });
});

describe('placeOf', () => {
  it.each([
    ['postgres://ada:secret@db.example.com:5433/main?sslmode=require', 'db.example.com:5433/main'],
    ['postgresql://ada:secret@localhost/main', 'localhost/main'],
    ['postgres://ada:secret@localhost/main?host=/run/postgresql', '/run/postgresql/main'],
  ])('names host and database of %s, never the password', (url, place) => {
    expect(placeOf(url)).toBe(place);
  });

  it.each(['', 'db.example.com', 'https://ada:secret@db/main', 'postgres://ada:secret@db:port/main'])(
    'refuses %j without repeating it',
    (url) => {
      expect(() => placeOf(url)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'database.url' }));
      expect(() => placeOf(url)).not.toThrow(/secret/);
    },
  );
});

describe('reconnectDelay', () => {
  it('doubles up to a cap, between half and full', () => {
    expect([0, 1, 2, 3, 10, 1_000].map((failures) => reconnectDelay(failures, () => 1))).toEqual([
      250, 500, 1_000, 2_000, 10_000, 10_000,
    ]);
    expect(reconnectDelay(3, () => 0)).toBe(1_000);
  });
});
