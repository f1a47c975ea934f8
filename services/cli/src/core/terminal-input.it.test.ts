import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const reason = spawnSync('script', ['--version']).status === 0 ? undefined : 'there is no script of util-linux here';
const source = new URL('terminal-input.ts', import.meta.url).pathname;

/** Asks for one line, with or without echo, and writes down what came: the answer or the code of the error. */
const program = `
import { writeFileSync } from 'node:fs';
import { terminalInput } from ${JSON.stringify(source)};
const [hidden, file] = process.argv.slice(2);
const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());
const input = terminalInput(process.stdin, interrupt.signal);
const ask = () => process.stdout.write('QUESTION');
const answer = await input.readLine({ hidden: hidden === 'hidden', ask }).then(
  (line) => ({ line }),
  (error) => ({ code: error.code }),
);
writeFileSync(file, JSON.stringify({ ...answer, isTTY: input.isTTY, isRaw: process.stdin.isRaw }));
process.stdout.write('DONE');
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'terminal-'));
  await writeFile(join(folder, 'ask.ts'), program);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Asked {
  readonly line?: string;
  readonly code?: string;
  readonly isTTY: boolean;
  readonly isRaw: boolean;
}

/** Types the keys on a terminal of its own once the question is there; @returns what the program got and the screen. */
async function type(mode: 'hidden' | 'shown', keys: string): Promise<Asked & { readonly screen: string }> {
  const file = join(folder, 'answer.json');
  const command = `'${process.execPath}' '${join(folder, 'ask.ts')}' ${mode} '${file}'`;
  const child = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], { cwd: folder });
  let screen = '';
  let typed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    if (typed || !screen.includes('QUESTION')) return;
    typed = true;
    child.stdin.write(keys);
  });
  await new Promise((resolve) => child.on('close', resolve));
  return { ...(JSON.parse(await readFile(file, 'utf8')) as Asked), screen };
}

describe.skipIf(reason !== undefined)(`on a terminal${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('a hidden answer is read and not shown, and the echo is on again afterwards', async () => {
    const { line, isTTY, isRaw, screen } = await type('hidden', 'secret-value\r');
    expect({ line, isTTY, isRaw }).toEqual({ line: 'secret-value', isTTY: true, isRaw: false });
    expect(screen).toContain('DONE');
    expect(screen).not.toContain('secret');
  });

  test('backspace takes back a character of a hidden answer', async () => {
    expect((await type('hidden', 'abX\u007Fc\b\bz\r')).line).toBe('az');
  });

  test('an answer that is not hidden is shown by the terminal', async () => {
    const { line, screen } = await type('shown', 'dev,prod\n');
    expect(line).toBe('dev,prod');
    expect(screen).toContain('dev,prod');
  });

  test.each([
    ['Ctrl-C', 'hidden', '\u0003'],
    ['Ctrl-D', 'hidden', '\u0004'],
    ['Ctrl-C', 'shown', '\u0003'],
    ['Ctrl-D', 'shown', '\u0004'],
  ] as const)('%s ends a %s question without an answer', async (_, mode, key) => {
    const { line, code, isRaw } = await type(mode, `${mode === 'hidden' ? 'half' : ''}${key}`);
    expect({ line, code, isRaw }).toEqual({ line: undefined, code: 'cli.cancelled', isRaw: false });
  });
});
