import { inflateSync } from 'node:zlib';

import { AppError } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeCommit } from './commit-object.ts';
import { encodeDelta } from './delta.ts';
import { planEdits } from './edit-plan.ts';
import { hashObject, type Oid } from './oid.ts';
import { buildTree, type TreeSink } from './tree-builder.ts';
import { GitTree, toRawName, type RawEntry } from './tree-object.ts';
import { pathSegments } from './tree-path.ts';
import type { TreeEdit } from './types.ts';
import { compress } from './zlib-stream.ts';

const oid = (text: string): Oid => hashObject('blob', Buffer.from(text));
const put = (path: string, content = path): TreeEdit => ({ kind: 'put', path, content: Buffer.from(content) });

/** A repository of trees and nothing else. */
function memory(): {
  sink: TreeSink;
  edit: (base: GitTree, ...edits: TreeEdit[]) => Promise<GitTree>;
  paths: typeof paths;
} {
  const trees = new Map<Oid, GitTree>([[GitTree.empty.oid, GitTree.empty]]);
  const sink: TreeSink = {
    tree: (id) => Promise.resolve(trees.get(id) ?? GitTree.empty),
    putBlob: () => undefined,
    putTree: (tree) => void trees.set(tree.oid, tree),
  };
  const paths = (tree: GitTree, prefix = ''): string[] =>
    tree.entries().flatMap((entry) => {
      const below = entry.mode === '40000' ? trees.get(entry.oid) : undefined;
      return below === undefined ? [prefix + entry.name] : paths(below, `${prefix}${entry.name}/`);
    });
  return { sink, paths, edit: (base, ...edits) => buildTree(sink, base, planEdits(edits)) };
}

describe('a tree object', () => {
  it('sorts a folder as if its name ended in a slash, and survives a round trip', () => {
    const entries: RawEntry[] = [
      { name: 'a0', mode: '100644', oid: oid('1') },
      { name: 'a', mode: '40000', oid: oid('2') },
      { name: 'a.b', mode: '100755', oid: oid('3') },
      { name: toRawName('ä'), mode: '120000', oid: oid('4') },
      { name: '\u00ff\u00fe', mode: '100644', oid: oid('5') },
    ];
    const tree = GitTree.of(entries);
    expect(tree.entries().map((entry) => entry.name)).toEqual(['a.b', 'a', 'a0', toRawName('ä'), '\u00ff\u00fe']);
    expect(GitTree.parse(tree.raw).entries()).toEqual(tree.entries());
    expect(GitTree.of(tree.entries()).oid).toBe(tree.oid);
  });

  it('is the same however it was made', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-c.]{1,3}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, fc.integer(), (list, seed) => {
        const entries = list.map((name, index) => ({
          name,
          mode: index % 2 === 0 ? '100644' : '40000',
          oid: oid(`${index}`),
        }));
        let grown = GitTree.empty;
        for (const entry of entries) grown = grown.with(new Map([[entry.name, { ...entry, oid: oid(`${seed}`) }]]));
        for (const entry of entries) grown = grown.with(new Map([[entry.name, entry]]));
        expect(grown.oid).toBe(GitTree.of(entries).oid);
      }),
    );
  });

  it('refuses bytes that end early', () => {
    expect(() => GitTree.parse(Buffer.from('100644 a\0short'))).toThrow(AppError);
  });
});

describe('edits', () => {
  it('replace a folder whole and leave everything else', async () => {
    const { edit, paths } = memory();
    const base = await edit(GitTree.empty, put('dev/web/a'), put('dev/web/sub/b'), put('dev/api/c'), put('README'));
    const files = [{ path: 'new/x', content: Buffer.from('x') }];
    const next = await edit(base, { kind: 'replace-folder', path: 'dev/web', files });
    expect(paths(next)).toEqual(['README', 'dev/api/c', 'dev/web/new/x']);
    expect((await edit(next, { kind: 'replace-folder', path: 'dev/web', files })).oid).toBe(next.oid);
    expect(paths(await edit(next, { kind: 'replace-folder', path: 'dev/web', files: [] }))).toEqual([
      'README',
      'dev/api/c',
    ]);
  });

  it('remove folders that become empty, and nothing where nothing is', async () => {
    const { edit, paths } = memory();
    const base = await edit(GitTree.empty, put('a/b/c'), put('d'));
    expect(paths(await edit(base, { kind: 'remove', path: 'a/b/c' }))).toEqual(['d']);
    expect((await edit(base, { kind: 'remove', path: 'x/y' }, { kind: 'remove', path: 'd/e' })).oid).toBe(base.oid);
    expect((await edit(base, { kind: 'remove', path: 'a' }, { kind: 'remove', path: 'd' })).size).toBe(0);
  });

  it('name what is in the way', async () => {
    const { edit, sink } = memory();
    const base = await edit(GitTree.empty, put('file'), put('folder/x'));
    const hostile = base.with(
      new Map([
        ['link', { mode: '120000', oid: oid('/etc') }],
        ['module', { mode: '160000', oid: oid('m') }],
      ]),
    );
    sink.putTree(hostile, undefined);
    const blocked = (path: string) =>
      expect(edit(hostile, put(path))).rejects.toMatchObject({ code: 'git.path-in-the-way' });
    await blocked('file/x');
    await blocked('link/passwd');
    await blocked('module/x');
    await blocked('folder');
    const files = [{ path: 'x', content: Buffer.from('x') }];
    const replaced = await edit(hostile, { kind: 'replace-folder', path: 'link', files });
    expect(replaced.get('link')?.mode).toBe('40000');
    expect((await edit(base, { kind: 'remove', path: 'folder' }, put('folder'))).get('folder')?.mode).toBe('100644');
  });

  it('refuse two things at one path in one commit', () => {
    expect(() => planEdits([put('a'), put('a/b')])).toThrow(/a file where a folder/);
    expect(() => planEdits([put('a/b'), put('a')])).toThrow(/puts files below it/);
    expect(() => planEdits([{ kind: 'remove', path: '' }])).toThrow(/root/);
  });
});

describe('a path', () => {
  it.each([
    '..',
    '.',
    'a//b',
    '/a',
    'a/',
    'a/../b',
    '.git/config',
    'x/.GIT',
    '.g\u200cit',
    'git~1',
    '.git. ',
    '.git::$INDEX',
    'a\0b',
    'a\nb',
    'a\\b',
    '\ud800',
    'x'.repeat(300),
  ])('cannot be %j', (path) => {
    expect(() => pathSegments(path)).toThrow(expect.objectContaining({ code: 'git.bad-path' }));
  });

  it.each(['.gitignore', 'a..b', 'ä/ö.yaml', '-x', '$(id)', '%2e%2e', 'x.git'])('can be %j', (path) => {
    expect(pathSegments(path).join('/')).toBe(path);
  });
});

describe('a commit', () => {
  const at = new Date('2026-01-02T03:04:05Z');
  const encode = (name: string, email: string, message: string): string =>
    String(
      encodeCommit({
        tree: oid('t'),
        parents: [],
        meta: { message, author: { name, email, at }, committer: { name: 'M', email: 'm@x', at } },
      }),
    );

  it('keeps a hostile name inside its header', () => {
    const text = encode('Eve\n\nRelease-Id: forged <a@b>\u202e', 'e@x>\nparent 123', 'subject\r\n\r\nbody\0\u0007');
    expect(text.split('\n')[1]).toBe('author Eve Release-Id: forged a@b <e@xparent123> 1767323045 +0000');
    expect(text.split('\n\n').slice(1).join('\n\n')).toBe('subject\n\nbody\n');
  });

  const text = fc.array(fc.integer({ min: 0, max: 0x2fff })).map((codes) => String.fromCharCode(...codes));

  it('always has one author line and one blank line before the message', () => {
    fc.assert(
      fc.property(text, text, (name, email) => {
        const [head = ''] = encode(name, email, 'm').split('\n\n');
        expect(head.split('\n')).toHaveLength(3);
        expect(head.split('\n')[1]).toMatch(/^author [^<>\n]+ <[^<>\s]*> \d+ \+0000$/u);
      }),
    );
  });
});

describe('what goes into a pack', () => {
  it('inflates to what it was, on both sides of every limit', () => {
    for (const size of [0, 1, 255, 256, 257, 4095, 4096, 70_000]) {
      const bytes = Buffer.alloc(size, 'abcdefg\xff');
      expect(inflateSync(compress(bytes)).equals(bytes)).toBe(true);
    }
  });

  it('is a difference that rebuilds the new version', () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (start, before, after, end) => {
        const base = Buffer.concat([start, before, end]);
        const target = Buffer.concat([start, after, end]);
        expect(applyDelta(base, encodeDelta(base, target)).equals(target)).toBe(true);
      }),
    );
  });

  it('gets the ids that git gives', () => {
    const id = 'd95f3ad14dee633a758d2e331151e950dd13e4ed';
    expect(hashObject('blob', Buffer.from('content\n'))).toBe(id);
  });
});

/** Git's own rules for reading a delta, written down independently of the encoder. */
function applyDelta(base: Buffer, delta: Buffer): Buffer {
  let position = 0;
  const next = (): number => delta[position++] ?? 0;
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = next();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  expect(size()).toBe(base.length);
  const length = size();
  const pieces: Buffer[] = [];
  while (position < delta.length) {
    const instruction = next();
    if (instruction < 0x80) {
      pieces.push(delta.subarray(position, position + instruction));
      position += instruction;
      continue;
    }
    const values = [0, 1, 2, 3, 4, 5, 6].map((bit) => ((instruction >> bit) & 1 ? next() : 0));
    const [o0 = 0, o1 = 0, o2 = 0, o3 = 0, s0 = 0, s1 = 0, s2 = 0] = values;
    const offset = o0 + o1 * 256 + o2 * 65536 + o3 * 16777216;
    pieces.push(base.subarray(offset, offset + s0 + s1 * 256 + s2 * 65536));
  }
  const target = Buffer.concat(pieces);
  expect(target.length).toBe(length);
  return target;
}
