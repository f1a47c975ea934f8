/** knex publishes no types for its dialects; these are the members that `database-client.ts` builds on. */
declare module 'knex/lib/dialects/postgres/index.js' {
  import type { Knex } from 'knex';

  class PostgresClient extends Knex.Client {
    override acquireConnection(): Promise<unknown>;
    override query(connection: unknown, query: unknown): Promise<unknown>;
  }
  export = PostgresClient;
}
