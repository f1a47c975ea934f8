import { execFile, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { completionScript, shells, type Shell } from './shell-scripts.ts';

const run = promisify(execFile);
const main = new URL('../../main.ts', import.meta.url).pathname;
/** Begins with letters, so that it can be typed; everything after is what a shell would obey. */
const hostile = 'hack$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned&"\'!!';

let home: string;
let server: Server;
let env: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'shells-'));
  server = createServer((request, response) => {
    const items = request.url?.startsWith('/v1/artifacts')
      ? [{ branch: 'feature/cart' }, { branch: 'release@2' }, { branch: hostile }]
      : [{ name: 'dev' }, { name: 'production' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // What is completed is then run: this says which words the shell made of it.
  const program = join(home, 'release-cli');
  await writeFile(
    program,
    `#!/bin/sh\nif [ "$1" = __complete ]; then exec '${process.execPath}' '${main}' "$@"; fi\nfor word; do printf '%s\\n' "$word"; done > '${home}/ran'\n`,
  );
  await chmod(program, 0o755);
  for (const shell of shells) await writeFile(join(home, `completion.${shell}`), completionScript(shell));
  env = {
    PATH: `${home}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
    RELEASE_MANAGER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    RELEASE_MANAGER_TOKEN: 'rm_not_a_token',
  };
  // On a busy machine the patience of a key may not do; what was answered before then stands in.
  for (const words of [
    ['release', ''],
    ['why', ''],
    ['status', '--service', ''],
  ])
    await run(program, ['__complete', '--refresh', '--', ...words], { cwd: home, env });
});
afterAll(async () => {
  server.close();
  await rm(home, { recursive: true, force: true });
});

/** Each one interactive, without the settings of whoever runs this, with a prompt that can be waited for. */
const starts: Readonly<Record<Shell, { readonly command: string; readonly setUp: string }>> = {
  bash: { command: 'bash --norc --noprofile -i', setUp: '. ./completion.bash; PS1=REA""DY' },
  zsh: { command: 'zsh -f -i', setUp: 'autoload -U compinit; compinit -D -u; . ./completion.zsh; PS1=REA""DY' },
  fish: {
    command: 'fish --no-config -i',
    setUp: 'source ./completion.fish; function fish_prompt; echo -n REA""DY; end',
  },
};

function missing(shell: Shell): string | undefined {
  for (const tool of ['script', shell])
    if (spawnSync(tool, ['--version']).status !== 0) return `there is no ${tool} on this machine`;
  return undefined;
}

/** Types lines into one shell on a terminal of its own; @returns the words that the command was run with by each. */
async function type(shell: Shell, lines: readonly string[]): Promise<string[][]> {
  const { command, setUp } = starts[shell];
  const child = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], { cwd: home, env });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let shown = '';
  let heard = (): void => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (shown.includes('READY')) heard();
  });
  const enter = async (line: string): Promise<void> => {
    shown = '';
    const prompt = new Promise<void>((resolve) => (heard = resolve));
    child.stdin.write(`${line}\n`);
    await Promise.race([prompt, ended]);
  };
  await enter(setUp);
  const ran: string[][] = [];
  for (const line of lines) {
    await rm(join(home, 'ran'), { force: true });
    await enter(line);
    ran.push((await readFile(join(home, 'ran'), 'utf8').catch(() => '')).split('\n').slice(0, -1));
  }
  child.stdin.write('exit\n');
  await ended;
  return ran;
}

const cases: readonly { readonly says: string; readonly keys: string; readonly words: readonly string[] }[] = [
  { says: 'a command and a branch', keys: 'relea\tfeat\tdev', words: ['release', 'feature/cart', 'dev'] },
  { says: 'an environment', keys: 'hist\tprod\t', words: ['history', 'production'] },
  { says: 'an option and its value', keys: 'why dev --serv\tdev\t', words: ['why', 'dev', '--service', 'dev'] },
  { says: 'a word with @ in it', keys: 'release release@\tdev', words: ['release', 'release@2', 'dev'] },
  { says: 'a list', keys: 'release main dev,pro\t', words: ['release', 'main', 'dev,production'] },
  { says: 'a value behind =', keys: 'why dev --branch=feat\t', words: ['why', 'dev', '--branch=feature/cart'] },
  { says: 'a branch whose name is a command', keys: 'release hack\tdev', words: ['release', hostile, 'dev'] },
  { says: 'within quotes', keys: "release 'feat\t", words: ['release', 'feature/cart'] },
  { says: 'a file', keys: 'why dev --token-file comp\tba\t', words: ['why', 'dev', '--token-file', 'completion.bash'] },
];

// A run that knows which shells it has names them; any other tries them all and says which are missing.
const named = process.env['COMPLETION_SHELLS']?.split(' ');
for (const shell of shells.filter((one) => named?.includes(one) ?? true)) {
  const reason = missing(shell);
  describe.skipIf(reason !== undefined)(`${shell}${reason === undefined ? '' : ` (${reason})`}`, () => {
    let ran: string[][];
    beforeAll(async () => {
      ran = await type(
        shell,
        cases.map(({ keys }) => `release-cli ${keys}`),
      );
    }, 120_000);

    test.each(cases.map((one, index) => ({ ...one, index })))('completes $says', ({ words, index }) => {
      expect(ran[index]).toEqual(words);
    });

    test('ran nothing that stands in a name', async () => {
      expect(await readdir(home)).not.toContain('pwned');
    });
  });
}
