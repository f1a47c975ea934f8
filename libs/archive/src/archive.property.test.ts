import { createHash } from 'node:crypto';

import { AppError, artifactId, type ArtifactFile } from '@release-manager/domain';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { defaultArchiveLimits } from './archive-limits.ts';
import { collisionKey } from './entry-path.ts';
import { readArchive } from './read-archive.ts';
import { writeArchive } from './write-archive.ts';
import { forgeZip } from './zip-forge.testing.ts';

const name = fc
  .stringMatching(/^[a-zA-Z0-9_~][a-zA-Z0-9_ ~-]{0,8}[a-z0-9]$/)
  .filter((text) => !/^gi|~|flux|^(con|prn|aux|nul|com\d|lpt\d)$/i.test(text));
const environment = fc.constantFrom('dev', 'staging', 'prod', 'prod-eu');
const path = fc
  .tuple(environment, fc.array(name, { maxLength: 3 }), name, fc.constantFrom('.yaml', '.yml'))
  .map(([first, folders, stem, extension]) => [first, ...folders, `${stem}${extension}`].join('/'));
const file = fc.record({ path, content: fc.uint8Array({ maxLength: 300 }) });
const files = fc
  .uniqueArray(file, { maxLength: 12, selector: (one) => collisionKey(one.path) })
  .filter(noFolderIsAFile);

/** Two random folders may differ in case alone, which the archive refuses: such inputs prove nothing here. */
function noFolderIsAFile(all: readonly ArtifactFile[]): boolean {
  const parents = all.flatMap((one) => one.path.split('/').map((_, index, parts) => parts.slice(0, index).join('/')));
  const folders = [...new Set(parents)];
  const keys = new Set(folders.map(collisionKey));
  return keys.size === folders.length && !all.some((one) => keys.has(collisionKey(one.path)));
}

const sorted = (all: readonly ArtifactFile[]): readonly ArtifactFile[] =>
  all
    .map((one) => ({ path: one.path, content: Buffer.from(one.content) }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

describe('archive', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('reads what it wrote, in the order of the bytes of the paths', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (all) => {
        expect(await readArchive(await writeArchive(all))).toEqual(sorted(all));
      }),
    );
  });

  it('is the same bytes whatever the order of the files, and keeps their id', async () => {
    const identity = { service: 'web', branch: 'main', sha: 'a'.repeat(40) };
    await fc.assert(
      fc.asyncProperty(files, async (all) => {
        const zip = await writeArchive(all);
        expect(zip.equals(await writeArchive(all.toReversed()))).toBe(true);
        expect(artifactId(identity, await readArchive(zip))).toBe(artifactId(identity, all));
      }),
      { numRuns: 30 },
    );
  });

  it.each(['UTC', 'Pacific/Kiritimati', 'America/St_Johns', 'Africa/Monrovia'])(
    'is the same bytes in every time zone: %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      const content = Buffer.from('kind: Deployment\n'.repeat(100));
      const zip = await writeArchive([
        { path: 'artifact.json', content: Buffer.from('{}') },
        { path: 'dev/größe.yaml', content },
        { path: 'dev/a.yaml', content },
      ]);
      // Fixed once and for all: another value means that retries of old builds upload other bytes.
      expect(createHash('sha256').update(zip).digest('hex')).toBe(
        '7c6394e7830f30b04912f40cb6b303fdd3cdf5eaf4452610aaf2dbe2dd112cfb',
      );
    },
  );

  it('A3 survives any damage: an answer within the limits, or a refusal, never anything else', async () => {
    const content = Buffer.from('kind: Deployment\n'.repeat(30));
    const zips = [
      await writeArchive([
        { path: 'artifact.json', content: Buffer.from('{}') },
        { path: 'dev/a.yaml', content },
      ]),
      forgeZip([
        { name: 'dev/', mode: 0o040755 },
        { name: 'dev/a.yaml', content, deflate: true },
        { name: 'dev/b.yaml', content, deflate: true, descriptor: true },
        { name: 'prod/c.yaml', content: Buffer.alloc(20_000), deflate: true },
      ]),
    ];
    const limits = { ...defaultArchiveLimits, totalBytes: 30_000, fileBytes: 25_000 };
    const value = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 8, 0x40, 0x7f, 0x80, 0xff, 0x50, 0x4b));
    const damage = fc.array(fc.tuple(fc.nat(), value), { minLength: 1, maxLength: 6 });
    const cut = fc.option(fc.tuple(fc.nat(), fc.nat(40), fc.uint8Array({ maxLength: 40 })), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...zips), damage, cut, async (zip, bytes, splice) => {
        const outcome = await attempt(damaged(zip, bytes, splice), limits);
        expect(outcome).toBeLessThanOrEqual(limits.totalBytes);
      }),
      { numRuns: 3_000 },
    );
  });
});

function damaged(
  zip: Buffer,
  bytes: readonly (readonly [number, number])[],
  splice: readonly [number, number, Uint8Array] | undefined,
): Buffer {
  const copy = Buffer.from(zip);
  for (const [at, value] of bytes) copy[at % copy.length] = value;
  if (splice === undefined) return copy;
  const [at, length, inserted] = splice;
  const start = at % copy.length;
  return Buffer.concat([copy.subarray(0, start), inserted, copy.subarray(start + length)]);
}

/** The bytes that were unpacked, none after a refusal. */
async function attempt(zip: Buffer, limits: typeof defaultArchiveLimits): Promise<number> {
  try {
    const found = await readArchive(zip, limits);
    return found.reduce((sum, one) => sum + one.content.byteLength, 0);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid' && error.code.startsWith('archive.')) return 0;
    throw error;
  }
}
