import type { Migration } from './migration.ts';

/**
 * Append-only by the database and not by good manners: whoever asks "who did that" must be able to believe the answer.
 * Readers that follow the ledger order by (tx, id) and stop at `pg_snapshot_xmin`, since ids of transactions that are
 * still open may lie below ids that are visible already.
 */
export const ledger: Migration = {
  name: '0004-ledger',

  async up(knex) {
    await knex.raw(`
      create table if not exists ledger (
        id bigint generated always as identity primary key,
        tx xid8 not null default pg_current_xact_id(),
        at timestamptz not null,
        kind text not null,
        actor jsonb not null,
        actor_name text not null,
        service text,
        environment text,
        artifact_id text,
        release_id text,
        from_state text,
        to_state text,
        cause text not null,
        details jsonb not null default '{}'
      );
      create index if not exists ledger_release on ledger (release_id, id);
      create index if not exists ledger_target on ledger (service, environment, id desc);
      create index if not exists ledger_tx on ledger (tx, id);
      comment on column ledger.tx is 'The transaction that wrote the entry; entries are complete up to pg_snapshot_xmin.';
      comment on column ledger.kind is 'What happened: release.queued, artifact.ready, policy.applied, token.created, ...';

      create or replace function ledger_refuse_change() returns trigger language plpgsql as $$
        begin
          raise exception 'the ledger is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
        end
      $$;
      create or replace trigger ledger_append_only before update or delete or truncate on ledger
        for each statement execute function ledger_refuse_change();

      create or replace function ledger_notify() returns trigger language plpgsql as $$
        begin
          perform pg_notify('ledger', '');
          return null;
        end
      $$;
      create or replace trigger ledger_heard after insert on ledger
        for each statement execute function ledger_notify();
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop table if exists ledger;
      drop function if exists ledger_refuse_change, ledger_notify;
    `);
  },
};
