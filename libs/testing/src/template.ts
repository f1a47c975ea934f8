/** The migrated database that every test file's own is a copy of. */
export const templateName = 'release_manager_template';
