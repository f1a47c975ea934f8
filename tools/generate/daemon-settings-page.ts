import { describeOptions } from '@release-manager/runtime';

import { settings } from '../../services/daemon/src/config.ts';

/** Where the page lies, below the root of the repository. */
export const daemonSettingsPagePath = 'docs/reference/daemon-settings.md';

/** Every setting of the daemon, from the table that it reads them by. */
export function daemonSettingsPage(): string {
  return `# Settings of the daemon

This page is made from \`services/daemon/src/config.ts\` by \`node tools/generate-reference.ts\`; a test says so when it is behind.
What the daemon is for stands in [daemon.md](../daemon.md).

Settings are environment variables. An empty one counts as not set. What is wrong is said at the start, all of it at once. A
secret may come from a file: \`RELEASE_MANAGER_TOKEN_FILE=/run/secrets/token\`; the newline at its end is left out.

${describeOptions(settings)}`;
}
