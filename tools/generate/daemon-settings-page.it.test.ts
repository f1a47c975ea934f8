import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { daemonSettingsPage, daemonSettingsPagePath } from './daemon-settings-page.ts';

it('the page of settings says what the daemon reads (else: node tools/generate-reference.ts)', () => {
  const path = join(fileURLToPath(new URL('../..', import.meta.url)), daemonSettingsPagePath);
  expect(readFileSync(path, 'utf8')).toBe(daemonSettingsPage());
});
