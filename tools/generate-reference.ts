// Writes the pages below docs/reference that are made from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { daemonSettingsPage, daemonSettingsPagePath } from './generate/daemon-settings-page.ts';
import { settingsPage, settingsPagePath } from './generate/settings-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  [settingsPagePath, settingsPage()],
  [daemonSettingsPagePath, daemonSettingsPage()],
] as const;
for (const [name, content] of pages) {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  console.log(`wrote ${name}`);
}
