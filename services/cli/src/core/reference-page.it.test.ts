import { expect, test } from 'vitest';

import { commands } from '../commands/index.ts';
import { referencePage } from './reference-page.ts';

test('docs/cli.md is what the definitions say; `vitest run -u` writes it anew', async () => {
  await expect(referencePage(commands)).toMatchFileSnapshot('../../../../docs/cli.md');
});
