import { createHash } from 'node:crypto';

import { writeArchive } from '@release-manager/archive';
import type { ArtifactStore } from '@release-manager/storage';
import { expect, test } from 'vitest';

import { createArtifactLoader } from './artifact-loader.ts';
import type { Artifact } from './artifact.ts';

async function stored(text: string) {
  const zip = await writeArchive([{ path: 'dev/config.yaml', content: Buffer.from(text) }]);
  return { zip, sha256: createHash('sha256').update(zip).digest('hex') };
}

function loaderOf(zip: Uint8Array) {
  const store: Partial<ArtifactStore> = { read: () => Promise.resolve(Buffer.from(zip)) };
  return createArtifactLoader(store as ArtifactStore, 1_000);
}

const artifact = (zipSha256: string): Artifact => ({ id: 'a', service: 'web', zipSha256 }) as Artifact;

test('gives the files of what was verified', async () => {
  const { zip, sha256 } = await stored('a: b');
  const files = await loaderOf(zip).load(artifact(sha256));
  expect(Buffer.from(files.get('dev')?.[0]?.content ?? '').toString()).toBe('a: b');
});

test('gives nothing of what was put in its place', async () => {
  const [good, other] = [await stored('a: b'), await stored('a: evil')];
  await expect(loaderOf(other.zip).load(artifact(good.sha256))).rejects.toMatchObject({
    kind: 'invalid',
    code: 'artifact.changed',
  });
});
