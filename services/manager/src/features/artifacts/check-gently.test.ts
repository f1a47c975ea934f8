import { checkManifests, manifestLimits, parseManifests } from '@release-manager/manifests';
import { describe, expect, it } from 'vitest';

import { checkGently } from './check-gently.ts';

const scope = { environment: 'dev', service: 'web', namespace: 'shop', allowKinds: [] };
const object = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });
const atOnce = (files: ReturnType<typeof file>[]) => checkManifests(parseManifests(files), scope);
const go = () => Promise.resolve();
const never = () => Promise.reject(new Error('nothing was to be parsed'));

describe('checking with pauses', () => {
  it('finds what checking at once finds, and pauses after each file', async () => {
    const files = [
      file('a.yaml', object('a')),
      file('broken.yaml', 'a: [\n'),
      file('notes.txt', 'no manifest'),
      file('comment.yaml', '# nothing\n'),
      file('deep/b.yml', `${object('b')}---\n${object('c').replace('name: c', 'name: c\n  namespace: other')}`),
      file('kustomization.yaml', object('d')),
    ];
    let pauses = 0;
    const gently = await checkGently(files, scope, () => Promise.resolve(void (pauses += 1)));
    const expected = atOnce(files);
    expect(gently.objects).toEqual(expected.objects);
    expect(gently.warnings).toEqual(expected.warnings);
    const byPlace = (problems: typeof expected.problems) =>
      problems.map((problem) => JSON.stringify(problem)).toSorted();
    expect(byPlace(gently.problems)).toEqual(byPlace(expected.problems));
    expect(gently.problems.length).toBeGreaterThan(2);
    expect(pauses).toBe(files.length);
  });

  it('finds what only shows across files', async () => {
    const twice = [file('a.yaml', object('a')), file('b.yaml', `# again\n${object('a')}`)];
    expect(await checkGently(twice, scope, go)).toEqual(atOnce(twice));
    expect((await checkGently(twice, scope, go)).problems).toMatchObject([{ rule: 'manifest.duplicate-object' }]);
    for (const empty of [[], [file('a.yaml', '# nothing\n')]]) {
      expect(await checkGently(empty, scope, go)).toEqual(atOnce(empty));
    }
  });

  it('keeps the limits of the whole environment', async () => {
    const many = Array.from({ length: manifestLimits.files + 1 }, (_, index) => file(`${index}.yaml`, ''));
    expect(await checkGently(many, scope, never)).toEqual(atOnce(many));
    const large = Array.from({ length: 9 }, (_, index) => file(`${index}.yaml`, '#'.repeat(2 * 1024 * 1024)));
    expect(await checkGently(large, scope, never)).toEqual(atOnce(large));
    const half = Array.from({ length: 900 }, (_, index) => object(`o${index}`)).join('---\n');
    const objects = Array.from({ length: 6 }, (_, index) => file(`${index}.yaml`, half));
    expect(await checkGently(objects, scope, go)).toMatchObject({
      objects: [],
      problems: [{ rule: 'manifest.environment-size' }],
    });
  });

  it('stops at more YAML than a process can hold parsed', async () => {
    const nested = `${object('n')}data: [${'[],'.repeat(300)}]\n`;
    const files = Array.from({ length: 5 }, (_, index) => file(`${index}.yaml`, nested));
    let parsed = 0;
    const check = await checkGently(files, scope, () => Promise.resolve(void (parsed += 1)), 1_000);
    expect(check.problems).toMatchObject([{ rule: 'manifest.environment-size' }]);
    expect(check.problems[0]?.message).toContain('1000 values');
    expect(parsed).toBe(3);
  });

  it('lists a hundred problems of an environment, however many its files have', async () => {
    const files = Array.from({ length: 150 }, (_, index) => file(`${index}.yaml`, 'kind: ConfigMap\n'));
    const { problems } = await checkGently(files, scope, go);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.rule).toBe('manifest.more');
  });

  it('stops when it is told to', async () => {
    await expect(checkGently([file('a.yaml', object('a'))], scope, never)).rejects.toThrow('nothing was');
  });
});
