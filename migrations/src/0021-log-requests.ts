import type { Migration } from './migration.ts';

/** Requests for the logs of pods: one command per container, and what belongs to all of them. */
export const logRequests: Migration = {
  name: '0021-log-requests',

  async up(knex) {
    await knex.raw(`
      create table if not exists log_requests (
        id text primary key,
        environment text not null,
        service text not null,
        asked jsonb not null,
        left_out integer not null,
        silent jsonb not null,
        created_at timestamptz not null,
        expires_at timestamptz not null
      );
      create index if not exists log_requests_target on log_requests (environment, service, created_at desc);
      create index if not exists log_requests_swept on log_requests (created_at);
      comment on table log_requests is 'What somebody asked the pods of a service for; gone after a quarter of an hour.';
      comment on column log_requests.left_out is 'Containers that were not asked, since there were too many.';
      comment on column log_requests.silent is 'Clusters that could not be asked, and why.';

      alter table daemon_commands add column if not exists log_request text references log_requests (id) on delete cascade;
      create index if not exists daemon_commands_log_request on daemon_commands (log_request) where log_request is not null;
    `);
  },

  async down(knex) {
    await knex.raw(`
      delete from daemon_commands where log_request is not null;
      alter table daemon_commands drop column if exists log_request;
      drop table if exists log_requests;
    `);
  },
};
