import type { Migration } from './migration.ts';

/** For what was found by reading whole tables: the deliveries of a release, and the pull requests that bring a service somewhere. */
export const deliveryLookups: Migration = {
  name: '0028-delivery-lookups',

  async up(knex) {
    await knex.raw(`
      create index if not exists deliveries_release on deliveries (release_id, id desc) where release_id is not null;
      create index if not exists pull_request_targets_place on pull_request_targets (service, environment);
    `);
  },

  async down(knex) {
    await knex.raw('drop index if exists pull_request_targets_place, deliveries_release');
  },
};
