import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { bareEnvironment, runProgram } from '../../../services/manager/src/demo/processes/run-program.ts';

export interface GuideShellOptions {
  /** Where it starts, and what `~` is. */
  readonly home: string;
  /** Keeps what the shell remembers from one block to the next. */
  readonly folder: string;
  /** Programs that stand before those of the machine, by name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** One shell in which somebody types block after block: variables and the folder stay. */
export interface GuideShell {
  /** @returns what was printed; @throws Error with it when any command failed */
  run(code: string): Promise<string>;
  /** A variable that is set. */
  variable(name: string): Promise<string>;
}

export async function createGuideShell({ home, folder, programs, env }: GuideShellOptions): Promise<GuideShell> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  for (const [name, path] of Object.entries(programs)) await symlink(path, join(bin, name));
  const remembered = join(folder, 'variables');
  const place = join(folder, 'place');
  const { PATH = '', ...bare } = bareEnvironment(home);
  await writeFile(place, home);
  await writeFile(remembered, '');
  const frame = (code: string): string => `set -euo pipefail
source '${remembered}'
cd "$(cat '${place}')"
set -a
{
${code}
}
export -p > '${remembered}'
pwd > '${place}'
`;
  const run = async (code: string): Promise<string> => {
    const options = { cwd: home, env: { ...bare, ...env, PATH: `${bin}:${PATH}` } };
    const result = await runProgram('bash', ['-c', frame(code)], options);
    const printed = `${result.stdout}${result.stderr}`;
    if (result.code !== 0) throw new Error(`ended with ${result.code}:\n${code}\n\n${printed}`);
    return printed;
  };
  return {
    run,
    async variable(name) {
      const [, value] = new RegExp(`^declare -x ${name}="(.*)"$`, 'm').exec(await readFile(remembered, 'utf8')) ?? [];
      if (value === undefined) throw new Error(`the variable ${name} is not set`);
      return value;
    },
  };
}
