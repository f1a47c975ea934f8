import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { buildTimeoutMs, whyNoVersitygw } from '../../../test/support/versitygw/build-versitygw.ts';
import { startVersitygw, type Versitygw } from '../../../test/support/versitygw/start-versitygw.ts';
import { collect, describeArtifactStore, MovableClock } from './artifact-store.behaviour.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createS3Store } from './s3-store.ts';

const reason = await whyNoVersitygw();

describe.skipIf(reason !== undefined)(`S3 store on a real server${reason === undefined ? '' : ` (${reason})`}`, () => {
  const clock = new MovableClock();
  let server: Versitygw | undefined;
  let bucket = '';
  let store: ArtifactStore;

  beforeAll(async () => {
    server = await startVersitygw();
    ({ bucket } = server);
    for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
    store = await createS3Store({ bucket, prefix: 'team/artifacts', clock });
  }, buildTimeoutMs);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.[Symbol.asyncDispose]();
  });

  describeArtifactStore(() => store, clock);

  it('keeps everything below its prefix, and sees nothing beside it', async () => {
    const whole = await createS3Store({ bucket });
    await whole.write('team/artifacts-other/a.zip', Buffer.from('beside'));
    await store.write('prefix-test/a.zip', Buffer.from('below'));
    expect(String(await whole.read('team/artifacts/prefix-test/a.zip', 10))).toBe('below');
    const keys = (await collect(store.list(''))).map((found) => found.key);
    expect(keys).toContain('prefix-test/a.zip');
    expect(keys.filter((key) => key.includes('other'))).toEqual([]);
  });
});
