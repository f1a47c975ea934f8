import { describeOptions } from '@release-manager/runtime';

import { settings } from '../../services/manager/src/config.ts';

/** Where the page lies, below the root of the repository. */
export const settingsPagePath = 'docs/reference/settings.md';

/** Every setting of the manager, from the table that it reads them by. */
export function settingsPage(): string {
  return `# Settings of the manager

This page is made from \`services/manager/src/config.ts\` by \`node tools/generate-reference.ts\`; a test says so when it is behind.

Settings are environment variables. An empty one counts as not set. What is wrong is said at the start, all of it at once. A
secret may come from a file: \`ADMIN_TOKEN_FILE=/run/secrets/admin-token\`; the newline at its end is left out.

${describeOptions(settings)}`;
}
