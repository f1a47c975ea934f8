import type { Knex } from 'knex';
import PostgresClient from 'knex/lib/dialects/postgres/index.js';

import { translateError } from './translate-error.ts';

/**
 * knex's Postgres client with our errors. It is a class and not a wrapper around queries, since knex builds the client of
 * each transaction from this prototype: so a connection that dies inside a transaction is translated as well.
 */
export function databaseClient(place: string): typeof Knex.Client {
  return class DatabaseClient extends PostgresClient {
    override async acquireConnection(): Promise<unknown> {
      try {
        return await super.acquireConnection();
      } catch (error) {
        throw translateError(error, place);
      }
    }

    override async query(connection: unknown, query: unknown): Promise<unknown> {
      try {
        return await super.query(connection, query);
      } catch (error) {
        throw translateError(error, place);
      }
    }
  };
}
