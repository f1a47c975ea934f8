import type { Migration } from './migration.ts';

/**
 * A service that moves lies in two folders for a while, and each has objects of its own. Rows of an older program, which knows
 * no folders, have an empty one and belong to every folder of their service. Clearing the ids of the trees makes the next look
 * at the config repo read each folder again: cluster-scoped objects were left out before.
 */
export const ownedObjectFolder: Migration = {
  name: '0011-owned-object-folder',

  async up(knex) {
    await knex.raw(`
      alter table owned_objects add column if not exists folder_namespace text not null default '';
      comment on column owned_objects.folder_namespace is
        'Namespace of the folder that declares it; empty: any folder of the service.';
      comment on table owned_objects is 'Which service has committed an object, and in which of its folders.';
      alter table owned_objects drop constraint owned_objects_pkey,
        add primary key (environment, api_group, kind, namespace, name, folder_namespace);

      update owned_objects set folder_namespace = f.namespace from owned_folders f
        where (owned_objects.environment, owned_objects.service, owned_objects.namespace) = (f.environment, f.service, f.namespace);
      update owned_objects set folder_namespace = f.namespace from (
          select environment, service, min(namespace) as namespace from owned_folders
          group by environment, service having count(*) = 1
        ) f
        where owned_objects.folder_namespace = ''
          and (owned_objects.environment, owned_objects.service) = (f.environment, f.service);
      update owned_folders set tree_oid = '';
    `);
  },

  async down(knex) {
    await knex.raw(`
      delete from owned_objects using owned_objects other
        where (owned_objects.environment, owned_objects.api_group, owned_objects.kind, owned_objects.namespace, owned_objects.name)
            = (other.environment, other.api_group, other.kind, other.namespace, other.name)
          and owned_objects.folder_namespace > other.folder_namespace;
      alter table owned_objects drop constraint owned_objects_pkey,
        add primary key (environment, api_group, kind, namespace, name);
      alter table owned_objects drop column if exists folder_namespace;
      comment on table owned_objects is 'Which service has committed an object; the key forbids a second owner.';
    `);
  },
};
