import { deflateRawSync } from 'node:zlib';

import { AppError } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { defaultArchiveLimits } from './archive-limits.ts';
import { inspectArchive, readArchive } from './read-archive.ts';
import { writeArchive } from './write-archive.ts';
import { forgeZip, longs, words, type ForgedEnding, type ForgedEntry } from './zip-forge.testing.ts';

const content = Buffer.from('kind: ConfigMap\n'.repeat(20));
const file: ForgedEntry = { name: 'dev/a.yaml', content };
const packed: ForgedEntry = { name: 'dev/b.yaml', content, deflate: true };

/** The rule that refuses the archive; any other error than a refusal fails the test. */
async function ruleOf(zip: Buffer): Promise<unknown> {
  try {
    return `accepted ${(await readArchive(zip)).length} files`;
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid') return error.details['rule'];
    throw error;
  }
}

describe('form of an archive', () => {
  it.each<[string, ForgedEntry]>([
    ['stored', file],
    ['deflated', packed],
    ['deflated, with the sizes after the content', { ...packed, descriptor: true }],
    ['stored, with the sizes after the content', { ...file, descriptor: true }],
    ['empty and deflated', { name: 'dev/a.yaml', deflate: true }],
    ['from a system without modes', { ...file, attributes: 0x20 }],
    ['executable', { ...file, mode: 0o100755 }],
    ['with a time in an extra field', { ...file, extra: Buffer.concat([words(0x5455, 5), Buffer.alloc(5)]) }],
  ])('reads a file that is %s', async (_, entry) => {
    const [found] = await readArchive(forgeZip([entry]));
    expect(found).toEqual({ path: entry.name, content: entry.content ?? Buffer.alloc(0) });
  });

  it('tells a folder without files from no folder', async () => {
    const zip = forgeZip([
      file,
      { name: 'dev/', mode: 0o040755 },
      { name: 'prod/', mode: 0o040755 },
      { name: 'staging/', attributes: 0x10 },
      { name: 'staging/empty/', attributes: 0x10 },
    ]);
    expect((await inspectArchive(zip)).emptyEnvironments).toEqual(['prod', 'staging']);
  });

  it.each<[string, number | undefined, number?]>([
    ['link', 0o120777],
    ['character device', 0o020644],
    ['block device', 0o060644],
    ['pipe', 0o010644],
    ['socket', 0o140644],
    ['setuid file', 0o104755],
    ['setgid file', 0o102755],
    ['sticky file', 0o101755],
    ['folder without a final slash', 0o040755],
    ['folder of MS-DOS without a final slash', undefined, 0x10],
    ['volume label', undefined, 0x8],
  ])('A2 refuses a %s', async (_, mode, attributes) => {
    const what = { ...(mode === undefined ? {} : { mode }), ...(attributes === undefined ? {} : { attributes }) };
    expect(await ruleOf(forgeZip([{ ...file, ...what }]))).toBe('file-type');
  });

  it('A2 refuses a link and a file written through it', async () => {
    const link: ForgedEntry = { name: 'dev/link.yaml', content: Buffer.from('/etc'), mode: 0o120777 };
    expect(await ruleOf(forgeZip([link, { ...file, name: 'dev/link.yaml/passwd.yaml' }]))).toBe('file-type');
  });

  it.each([
    ['PKWARE Unix (link target, device numbers)', 0x000d],
    ['ASi Unix (link target)', 0x756e],
    ['Unicode path (another name)', 0x7075],
    ['AES', 0x9901],
  ])('A2 refuses the extra field of %s', async (_, id) => {
    expect(await ruleOf(forgeZip([{ ...file, extra: Buffer.concat([words(id, 12), Buffer.alloc(12)]) }]))).toBe(
      'extra-field',
    );
  });

  it('A3 takes no zip bomb: a content larger than declared', async () => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000));
    expect(await ruleOf(forgeZip([{ ...packed, packed: bomb, size: 1000 }]))).toBe('size-mismatch');
    expect(await ruleOf(forgeZip([{ ...packed, packed: bomb, size: 50_000_000 }]))).toBe('file-too-large');
    expect(await ruleOf(forgeZip([{ ...packed, size: 0 }]))).toBe('size-mismatch');
  });

  it('A3 takes no zip bomb among large files, which another thread unpacks', async () => {
    const large: ForgedEntry = { name: 'dev/large.yaml', content: Buffer.alloc(300_000, 'a: b\n'), deflate: true };
    expect((await readArchive(forgeZip([large])))[0]?.content).toEqual(large.content);
    expect(await ruleOf(forgeZip([{ ...large, size: 200_000 }]))).toBe('size-mismatch');
    expect(await ruleOf(forgeZip([{ ...large, size: 300_001 }]))).toBe('size-mismatch');
    expect(await ruleOf(forgeZip([{ ...large, crc: 1 }]))).toBe('checksum');
    expect(await ruleOf(forgeZip([{ ...large, packed: Buffer.alloc(70_000, 0xff) }]))).toBe('damaged');
  });

  it('A3 takes no content smaller than declared', async () => {
    expect(await ruleOf(forgeZip([{ ...packed, size: content.length + 1 }]))).toBe('size-mismatch');
    expect(await ruleOf(forgeZip([{ ...file, size: content.length + 1 }]))).toBe('size-mismatch');
  });

  it('A3 refuses entries that share their content', async () => {
    const kernel: ForgedEntry = { name: 'dev/a.yaml', content, deflate: true };
    const again: ForgedEntry = { ...kernel, offset: 0, directoryOnly: true };
    expect(await ruleOf(forgeZip([kernel, again]))).toBe('duplicate');
    expect(await ruleOf(forgeZip([kernel, { ...again, name: 'dev/c.yaml' }]))).toBe('overlap');
    expect(await ruleOf(forgeZip([{ ...kernel, packedSize: 60 }]))).toBe('overlap');
  });

  it('A3 refuses an entry whose content holds the header of the next', async () => {
    const inner = forgeZip([{ ...file, name: 'dev/inner.yaml' }]);
    const outer: ForgedEntry = { name: 'dev/outer.yaml', content: inner };
    expect(
      await ruleOf(forgeZip([outer, { ...file, name: 'dev/inner.yaml', offset: 30 + 14, directoryOnly: true }])),
    ).toBe('overlap');
  });

  it('A3 refuses more entries than the limit, before it reads them', async () => {
    const entries = Array.from({ length: 20 }, (_, index) => ({ ...file, name: `dev/${index}.yaml` }));
    const limits = { ...defaultArchiveLimits, entries: 19 };
    await expect(readArchive(forgeZip(entries), limits)).rejects.toMatchObject({ code: 'archive.too-many-entries' });
    expect(await ruleOf(forgeZip([file], { entries: 65_534, entriesOnThisDisk: 65_534 }))).toBe('too-many-entries');
    const files = entries.map((entry) => ({ path: entry.name, content }));
    await expect(writeArchive(files, limits)).rejects.toMatchObject({ code: 'archive.too-many-entries' });
  });

  it('A3 holds to the limits of a file, of all files and of the zip', async () => {
    const zip = forgeZip([file, packed]);
    const files = [file, packed].map((entry) => ({ path: String(entry.name), content }));
    for (const [limit, rule] of [
      [{ fileBytes: content.length - 1 }, 'file-too-large'],
      [{ totalBytes: 2 * content.length - 1 }, 'total-too-large'],
      [{ zipBytes: zip.length - 1 }, 'zip-too-large'],
    ] as const) {
      const limits = { ...defaultArchiveLimits, ...limit };
      await expect(readArchive(zip, limits)).rejects.toMatchObject({ code: `archive.${rule}` });
      await expect(writeArchive(files, limits)).rejects.toMatchObject({ code: `archive.${rule}` });
    }
    const exact = { entries: 2, fileBytes: content.length, totalBytes: 2 * content.length, zipBytes: zip.length };
    expect(await readArchive(zip, exact)).toHaveLength(2);
  });

  it('A3 opens no archive within the archive', async () => {
    const inner = forgeZip([packed]);
    const [found] = await readArchive(forgeZip([{ ...file, content: inner }]));
    expect(found?.content).toEqual(inner);
  });

  it.each<[string, ForgedEntry, string]>([
    ['encrypted', { ...file, flags: 0x801 }, 'encrypted'],
    ['strongly encrypted', { ...file, flags: 0x841 }, 'damaged'],
    ['with a masked header', { ...file, flags: 0x2800 }, 'encrypted'],
    ['a patch', { ...file, flags: 0x820 }, 'flags'],
    ['packed by Deflate64', { ...file, method: 9 }, 'method'],
    ['packed by Zstandard', { ...file, method: 93 }, 'method'],
    ['of a wrong checksum', { ...file, crc: 1 }, 'checksum'],
    ['of a wrong checksum, deflated', { ...packed, crc: 1 }, 'checksum'],
    ['not what deflate makes', { ...packed, packed: Buffer.from('garbage, not deflated') }, 'damaged'],
    ['cut off', { ...packed, packed: deflateRawSync(content).subarray(0, 12) }, 'damaged'],
    [
      'followed by hidden bytes',
      { ...packed, packed: Buffer.concat([deflateRawSync(content), Buffer.from('x')]) },
      'hidden-data',
    ],
    ['named otherwise in its own header', { ...file, localName: 'dev/z.yaml' }, 'header-mismatch'],
    ['of another size in its own header', { ...file, localSize: 5 }, 'header-mismatch'],
    ['followed by other sizes', { ...file, descriptor: Buffer.alloc(16) }, 'header-mismatch'],
    ['preceded by hidden data', { ...file, gap: Buffer.from('hidden') }, 'prepended-data'],
    ['a folder with content', { name: 'dev/', content, mode: 0o040755 }, 'size-mismatch'],
    ['at a place where no header is', { ...file, offset: 3 }, 'prepended-data'],
    ['without a header', { ...file, directoryOnly: true }, 'damaged'],
  ])('A3 refuses an entry that is %s', async (_, entry, rule) => {
    expect(await ruleOf(forgeZip([entry]))).toBe(rule);
  });

  it('A3 refuses data between entries, and an entry that is not listed', async () => {
    expect(await ruleOf(forgeZip([file, { ...packed, gap: Buffer.from('hidden') }]))).toBe('hidden-data');
    const unlisted = forgeZip([{ ...file, name: 'dev/evil.yaml' }]).subarray(0, 30 + 13 + content.length);
    expect(await ruleOf(forgeZip([file, { ...packed, gap: unlisted }]))).toBe('hidden-data');
    const last = forgeZip([file]);
    expect(await ruleOf(forgeZip([file], { directoryStart: last.length, directorySize: 0, entries: 0 }))).toBe(
      'damaged',
    );
  });

  it('A3 refuses data before the archive, whether offsets account for it or not', async () => {
    expect(await ruleOf(Buffer.concat([Buffer.from('#!/bin/sh\n'), forgeZip([file])]))).toBe('prepended-data');
    expect(await ruleOf(forgeZip([{ ...file, gap: Buffer.from('#!/bin/sh\n') }, packed]))).toBe('prepended-data');
  });

  it('A3 refuses data after the end, a comment, and a second end within it', async () => {
    expect(await ruleOf(Buffer.concat([forgeZip([file]), Buffer.from('tail')]))).toBe('trailing-data');
    expect(await ruleOf(forgeZip([file], { comment: Buffer.from('hello') }))).toBe('trailing-data');
    const second = forgeZip([packed]);
    await expect(readArchive(forgeZip([file], { comment: second }))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each<[string, ForgedEnding, string]>([
    ['fewer entries than there are', { entries: 1 }, 'damaged'],
    ['more entries than there are', { entries: 3 }, 'damaged'],
    ['another number on this disk', { entriesOnThisDisk: 1 }, 'multi-disk'],
    ['another disk', { disk: 1 }, 'multi-disk'],
    ['a directory that begins later', { directoryStart: 1_000_000 }, 'damaged'],
    ['a directory that begins at 4 GiB', { directoryStart: 0xffffffff }, 'zip64'],
    ['a directory of 4 GiB', { directorySize: 0xffffffff }, 'zip64'],
  ])('A3 refuses an end that claims %s', async (_, ending, rule) => {
    expect(await ruleOf(forgeZip([file, packed], ending))).toBe(rule);
  });

  it('A3 refuses the lies of zip64', async () => {
    const record = Buffer.concat([longs(0x06064b50), Buffer.alloc(52)]);
    const locator = longs(0x07064b50, 0, 0, 0, 1);
    expect(await ruleOf(forgeZip([file], { before: Buffer.concat([record, locator]) }))).toBe('zip64');
    const field = Buffer.concat([words(1, 24), longs(content.length, 0, content.length, 0, 0, 0)]);
    expect(await ruleOf(forgeZip([{ ...file, extra: field, size: 0xffffffff, packedSize: 0xffffffff }]))).toBe('zip64');
    expect(await ruleOf(forgeZip([{ ...file, extra: field }]))).toBe('zip64');
    expect(await ruleOf(forgeZip([{ ...file, offset: 0xffffffff }]))).toBe('zip64');
  });

  it('A3 refuses extra fields that do not end where they say', async () => {
    const ntfs = Buffer.concat([words(0x000a, 32), Buffer.alloc(3)]);
    await expect(readArchive(forgeZip([{ ...file, extra: ntfs }]))).rejects.toMatchObject({ kind: 'invalid' });
    const inside = Buffer.concat([words(0x000a, 8), longs(0), words(1, 24)]);
    expect(await readArchive(forgeZip([{ ...file, extra: inside }]))).toHaveLength(1);
  });

  it.each([Buffer.alloc(0), Buffer.from('PK'), Buffer.alloc(1000), Buffer.from('{"not":"a zip"}'.repeat(50))])(
    'refuses what is no zip',
    async (bytes) => {
      expect(await ruleOf(bytes)).toBe('not-a-zip');
    },
  );

  it('refuses an archive that was cut off anywhere', async () => {
    const zip = forgeZip([file, packed]);
    for (let length = 0; length < zip.length; length += 1) {
      await expect(readArchive(zip.subarray(0, length))).rejects.toMatchObject({ kind: 'invalid' });
    }
  });
});
