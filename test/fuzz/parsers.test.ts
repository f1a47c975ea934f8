import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { createRandom } from '../support/random.ts';
import { minimise, mutate } from './support/mutate.ts';
import { targets, type Target } from './support/targets.ts';

/** FUZZ_RUNS=100000 FUZZ_SEED=$RANDOM npx vitest run --project unit test/fuzz searches longer and elsewhere. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 300);
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const corpus = new URL('corpus/', import.meta.url);

async function corpusOf(name: string): Promise<{ readonly file: string; readonly input: Buffer }[]> {
  const files = (await readdir(new URL(name, corpus))).toSorted();
  return Promise.all(files.map(async (file) => ({ file, input: await readFile(new URL(`${name}/${file}`, corpus)) })));
}

async function troubleWith(target: Target, input: Buffer): Promise<string | undefined> {
  try {
    return await target(input);
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/** Keeps what was found, as small as it gets: from then on it is replayed. */
async function keep(name: string, target: Target, input: Buffer): Promise<string> {
  const small = await minimise(input, async (less) => (await troubleWith(target, less)) !== undefined);
  const file = `${name}/found-${createHash('sha256').update(small).digest('hex').slice(0, 12)}`;
  await writeFile(new URL(file, corpus), small);
  return `${await troubleWith(target, small)}\nkept as test/fuzz/corpus/${file}`;
}

test.each(Object.entries(targets))('fuzz: %s answers its corpus', async (name, target) => {
  const inputs = await corpusOf(name);
  expect(inputs).not.toEqual([]);
  const answers = await Promise.all(
    inputs.map(async ({ file, input }) => ({ file, trouble: await troubleWith(target, input) })),
  );
  expect(answers.filter(({ trouble }) => trouble !== undefined)).toEqual([]);
});

test.each(Object.entries(targets))(
  'fuzz: %s answers what the corpus becomes by damage',
  { timeout: 60_000 + runs * 100 },
  async (name, target) => {
    const inputs = (await corpusOf(name)).map(({ input }) => input);
    const random = createRandom(seed);
    let found: string | undefined;
    for (let run = 0; run < runs && found === undefined; run += 1) {
      const input = mutate(inputs[run % inputs.length] ?? Buffer.alloc(0), inputs, random);
      if ((await troubleWith(target, input)) !== undefined) found = await keep(name, target, input);
    }
    expect(found).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  },
);
