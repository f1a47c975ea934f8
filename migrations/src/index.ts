export { migrations } from './list.ts';
export type { Migration } from './migration.ts';
export { migrateDownTo, migrateUp } from './runner.ts';
