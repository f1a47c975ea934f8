// Writes the pages below docs/reference that are made from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { settingsPage, settingsPagePath } from './generate/settings-page.ts';

const path = join(fileURLToPath(new URL('..', import.meta.url)), settingsPagePath);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, settingsPage());
console.log(`wrote ${settingsPagePath}`);
