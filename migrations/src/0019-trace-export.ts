import type { Migration } from './migration.ts';

/** How far the record has been told to a trace collector. */
export const traceExport: Migration = {
  name: '0019-trace-export',

  async up(knex) {
    await knex.raw(`
      create table if not exists trace_export (
        single boolean primary key default true check (single),
        tx text not null,
        entry bigint not null
      );
      comment on table trace_export is 'The last entry of the ledger of which the trace collector was told.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists trace_export');
  },
};
