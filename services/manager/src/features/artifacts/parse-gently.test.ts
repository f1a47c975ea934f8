import { manifestLimits, parseManifests } from '@release-manager/manifests';
import { describe, expect, it } from 'vitest';

import { parseGently } from './parse-gently.ts';

const text = (content: string) => Buffer.from(content);
const object = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('parsing with pauses', () => {
  it('finds what parsing at once finds, and pauses after each file', async () => {
    const files = [
      { path: 'a.yaml', content: text(object('a')) },
      { path: 'broken.yaml', content: text('a: [\n') },
      { path: 'notes.txt', content: text('no manifest') },
      { path: 'deep/b.yml', content: text(`${object('b')}---\n${object('c')}`) },
    ];
    let pauses = 0;
    const gently = await parseGently(files, () => Promise.resolve(void (pauses += 1)));
    const atOnce = parseManifests(files);
    expect(gently.problems).toEqual(atOnce.problems);
    expect(gently.files.map(({ path, objects }) => [path, objects.length])).toEqual(
      atOnce.files.map(({ path, objects }) => [path, objects.length]),
    );
    expect(pauses).toBe(4);
  });

  it('keeps the limits of the whole environment', async () => {
    const never = () => Promise.reject(new Error('nothing was to be parsed'));
    const many = Array.from({ length: manifestLimits.files + 1 }, (_, index) => ({
      path: `${index}.yaml`,
      content: text(''),
    }));
    expect(await parseGently(many, never)).toEqual(parseManifests(many));
    const large = Array.from({ length: 9 }, (_, index) => ({
      path: `${index}.yaml`,
      content: Buffer.alloc(2 * 1024 * 1024, 35),
    }));
    expect(await parseGently(large, never)).toEqual(parseManifests(large));
    const half = Array.from({ length: 900 }, (_, index) => object(`o${index}`)).join('---\n');
    const objects = Array.from({ length: 6 }, (_, index) => ({ path: `${index}.yaml`, content: text(half) }));
    const found = await parseGently(objects, () => Promise.resolve());
    expect(found.files).toEqual([]);
    expect(found.problems.map(({ rule }) => rule)).toEqual(['manifest.environment-size']);
  });

  it('stops when it is told to', async () => {
    const files = [{ path: 'a.yaml', content: text(object('a')) }];
    await expect(parseGently(files, () => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped');
  });
});
