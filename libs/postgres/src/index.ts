export { jsonb, openDatabase, type Database, type DatabaseOptions, type Db } from './database.ts';
export type { HeldLock } from './held-lock.ts';
export type { Heard } from './listener.ts';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded/embedded-postgres.ts';
