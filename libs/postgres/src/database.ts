import knex, { type Knex } from 'knex';

import { connectionSettings } from './connection.ts';
import { databaseClient } from './database-client.ts';
import { tryLock, type HeldLock } from './held-lock.ts';
import { startListening, type Heard } from './listener.ts';
import { placeOf } from './translate-error.ts';

/** Something that runs queries: the pool, or a transaction on it. Stores take this and do not care which. */
export type Db = Knex;

/** One Postgres database. Every error of the connection is an AppError `unavailable` `database.unavailable`. */
export interface Database {
  /** Each statement on a pooled connection, committed at once. */
  readonly db: Db;
  /** Commits when `work` resolves, rolls back when it rejects, and rejects with that same error. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>;
  /**
   * Calls `heard` with the payload of each notification, and without one after each (re)connect: read the state then,
   * since notifications may have been missed.
   * Never rejects; it goes on trying while the database is away.
   */
  listen(channel: string, heard: Heard): Promise<{ close(): Promise<void> }>;
  /** A lock over all processes on this database, or undefined while somebody else holds it. Does not wait. */
  tryLock(name: string): Promise<HeldLock | undefined>;
  /** @throws AppError unavailable when the database does not answer */
  ping(): Promise<void>;
  /** Ends the pool; listeners and locks are closed by who opened them. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/name` */
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Most connections at once; listeners and locks have their own besides. */
  readonly poolSize: number;
  /** Hears of what breaks in the background and is mended there. */
  readonly onError?: (error: unknown) => void;
}

const acquireTimeoutMs = 10_000;

/**
 * Opens a pool; the first connection is made by the first query.
 * @throws AppError invalid `database.url`
 */
export function openDatabase(options: DatabaseOptions): Database {
  const place = placeOf(options.url);
  const target = { url: options.url, place, applicationName: options.applicationName };
  const onError = options.onError ?? ((): void => undefined);
  const report = (message: unknown): void => onError(message instanceof Error ? message : new Error(String(message)));
  const db = knex({
    client: databaseClient(place),
    connection: connectionSettings(target) as Knex.PgConnectionConfig,
    pool: { min: 0, max: options.poolSize },
    acquireConnectionTimeout: acquireTimeoutMs,
    // Otherwise knex writes the bound values, among them hashes and people, into the message of every failing query.
    compileSqlOnError: false,
    log: { warn: report, error: report, deprecate: () => undefined, debug: () => undefined },
  });
  return {
    db,
    transaction: (work) => db.transaction((tx) => work(tx)),
    listen: (channel, heard) => startListening({ target, channel, heard, onError }),
    tryLock: (name) => tryLock(target, name),
    ping: async () => {
      await db.raw('select 1');
    },
    close: () => db.destroy(),
  };
}

/**
 * A value for a jsonb column. Needed for arrays, which pg would write as a Postgres array, and harmless for the rest.
 */
export function jsonb(value: unknown): string {
  return JSON.stringify(value);
}
