import type { Migration } from './migration.ts';

/** What GitHub says of the commit and branch that an artifact claims. */
export const sourceProof: Migration = {
  name: '0017-source-proof',

  async up(knex) {
    await knex.raw(`
      alter table artifacts add column if not exists source_proof jsonb;
      comment on column artifacts.source_proof is
        'State (waiting, proven, refuted), who said so, when, in words. Null where nobody is asked: no GitHub is configured.';
      create index if not exists artifacts_source_unasked on artifacts (seq) where source_proof is null;
      create index if not exists artifacts_source_waiting on artifacts (seq) where source_proof->>'state' = 'waiting';
      -- A commit is looked for by its first digits.
      create index if not exists artifacts_sha on artifacts (sha text_pattern_ops);
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop index if exists artifacts_sha;
      drop index if exists artifacts_source_waiting;
      drop index if exists artifacts_source_unasked;
      alter table artifacts drop column if exists source_proof;
    `);
  },
};
