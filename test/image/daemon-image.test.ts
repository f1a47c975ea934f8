import { rm } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeDataFolder, runContained } from './support/contained-manager.ts';
import { buildRootFilesystem, whyNoRootFilesystem, type RootFilesystem } from './support/root-filesystem.ts';

const reason = await whyNoRootFilesystem();

describe.skipIf(reason !== undefined)(`the daemon's image${reason === undefined ? '' : ` (${reason})`}`, () => {
  let root: RootFilesystem;
  let data: string;
  beforeAll(async () => {
    root = await buildRootFilesystem('daemon');
    data = await makeDataFolder();
  }, 20 * 60_000);
  afterAll(async () => {
    await root[Symbol.asyncDispose]();
    await rm(data, { recursive: true, force: true, maxRetries: 10 });
  });

  it('starts as a user without rights on a read-only root, and says all at once what it is not told', async () => {
    const said = await runContained(
      root,
      data,
      'id -u; touch /app/x 2>/dev/null || echo read-only; /app/bin/node /app/services/daemon/src/main.ts 2>&1; echo "exit $?"',
    );
    expect(said).toMatch(/^65532\nread-only\n/);
    expect(said).toContain('RELEASE_MANAGER_URL');
    expect(said).toContain('ENVIRONMENT');
    expect(said.trim()).toMatch(/exit 1$/);
  });
});
