import { AppError } from '@release-manager/domain';
import type { Mirror, Oid } from '@release-manager/git';
import { silentLogger } from '@release-manager/runtime';
import { describe, expect, test } from 'vitest';

import { createCommittedStates } from './committed-states.ts';

const tip = '1'.repeat(40);
const root = 'dev/releases/shop/web';
const folder = { environment: 'dev', namespace: 'shop', service: 'web', treeOid: 'a'.repeat(40) };
const manifest = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 2 }\n';
const web = { apiGroup: 'apps', kind: 'Deployment', name: 'web', replicas: 2, containers: [] };

/** A mirror that holds one folder, or fails. */
function mirrorOf(files: Readonly<Record<string, string>>, { treeOid = folder.treeOid, failures = 0 } = {}) {
  const paths = Object.keys(files).map((name) => `${root}/${name}`);
  const seen = { reads: 0 };
  let left = failures;
  const tree = (commit: string) => ({
    oid: (path: string) => Promise.resolve(path === root && commit === tip ? treeOid : undefined),
    files: () => Promise.resolve(paths.map((path) => ({ path, oid: '0', mode: '100644' }))),
    sizes: (wanted: string[]) => Promise.resolve(new Map(wanted.map((path) => [path, textOf(path).length]))),
    readMany: (wanted: string[]) => {
      seen.reads += 1;
      if (left > 0) {
        left -= 1;
        return Promise.reject(new AppError('unavailable', 'git.unavailable', 'The remote is away.'));
      }
      return Promise.resolve(new Map(wanted.map((path) => [path, Buffer.from(textOf(path))])));
    },
  });
  const textOf = (path: string): string => files[path.slice(root.length + 1)] ?? '';
  const mirror = { tip: () => tip as Oid, tree } as unknown as Mirror;
  return { states: createCommittedStates(mirror, silentLogger), seen };
}

/** Asks until the reading that was begun is over. */
async function readBy({ states }: ReturnType<typeof mirrorOf>) {
  const first = states.of(folder);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { first, after: states.of(folder) };
}

describe('what is committed', () => {
  test('is unread at first, told when it is read, and read once', async () => {
    const { states, seen } = mirrorOf({ 'deployment.yaml': manifest, 'release.json': '{}' });
    const read = Promise.withResolvers<void>();
    let others = 0;
    expect(states.of(folder)).toBe('unread');
    expect(states.of(folder, () => read.resolve())).toBe('unread');
    expect(states.of(folder, () => (others += 1))).toBe('unread');
    await read.promise;
    expect(states.of(folder)).toEqual([web]);
    expect([seen.reads, others]).toEqual([1, 1]);
  });

  test('is read again when it is asked for after the remote was away', async () => {
    const scene = mirrorOf({ 'deployment.yaml': manifest }, { failures: 1 });
    expect(await readBy(scene)).toEqual({ first: 'unread', after: 'unread' });
    expect((await readBy(scene)).after).toEqual([web]);
  });

  test('stays unread while this clone has another folder there', async () => {
    const scene = mirrorOf({ 'deployment.yaml': manifest }, { treeOid: 'b'.repeat(40) });
    expect((await readBy(scene)).after).toBe('unread');
    expect(scene.seen.reads).toBe(0);
  });

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['is no YAML', { 'a.yaml': 'kind: Deployment\n\tx' }],
    ['is too large', { 'a.yaml': 'x'.repeat(16 * 1024 * 1024 + 1) }],
    ['has too many files', Object.fromEntries(Array.from({ length: 2_001 }, (_, index) => [`${index}.yaml`, '']))],
  ])('is unreadable where it %s, and not read again', async (_, files) => {
    const scene = mirrorOf(files);
    expect((await readBy(scene)).after).toBe('unreadable');
    const { reads } = scene.seen;
    expect((await readBy(scene)).first).toBe('unreadable');
    expect(scene.seen.reads).toBe(reads);
  });

  test('is the same at a commit that has the same folder; of an unknown one nobody knows', async () => {
    const { states } = mirrorOf({});
    expect(await states.isSameAt(tip, folder)).toBe(true);
    expect(await states.isSameAt(tip, { ...folder, treeOid: 'b'.repeat(40) })).toBe(false);
    expect(await states.isSameAt('2'.repeat(40), folder)).toBe(false);
    expect(await states.isSameAt('main', folder)).toBe(false);
  });
});
