import type { Migration } from './migration.ts';

/** Where a cluster is other than the config repo says, although Flux has applied it. */
export const drifts: Migration = {
  name: '0020-drifts',

  async up(knex) {
    await knex.raw(`
      create table if not exists drifts (
        environment text not null,
        cluster text not null,
        service text not null,
        object text not null,
        field text not null,
        uid text not null,
        wanted text not null,
        live text not null,
        manager text,
        since timestamptz not null,
        reported_at timestamptz,
        primary key (environment, service, cluster, object, field)
      );
      create index if not exists drifts_service on drifts (service) where reported_at is not null;
      comment on table drifts is 'A field of a live object that is other than committed; gone when it is as committed again.';
      comment on column drifts.manager is 'Who set it last, by the name that the client gave itself; null where nobody knows.';
      comment on column drifts.reported_at is 'Null: it has not stood long enough to be told of.';
    `);
  },

  async down(knex) {
    await knex.raw('drop table if exists drifts');
  },
};
