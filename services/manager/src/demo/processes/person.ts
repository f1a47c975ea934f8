import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { bareEnvironment, runProgram } from './run-program.ts';

/** Somebody with a home of their own: git knows their name, and the password of the config repo. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly home: string;
  /** Their own git. @throws Error with what git said */
  git(args: readonly string[], cwd?: string): Promise<string>;
}

export interface PersonInput {
  readonly name: string;
  readonly email: string;
  readonly home: string;
  /** What their git gives to the host of that address. */
  readonly credentials?: { readonly url: string; readonly token: string };
}

export async function createPerson({ name, email, home, credentials }: PersonInput): Promise<Person> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const store = join(home, '.git-credentials');
  const lines = [`[user]`, `\tname = ${name}`, `\temail = ${email}`, '[init]', '\tdefaultBranch = main'];
  if (credentials !== undefined) {
    const { origin } = new URL(credentials.url);
    await writeFile(store, `${origin.replace('//', `//git:${credentials.token}@`)}\n`, { mode: 0o600 });
    lines.push('[credential]', `\thelper = store --file="${store}"`);
  }
  await writeFile(join(home, '.gitconfig'), `${lines.join('\n')}\n`);
  return {
    name,
    email,
    home,
    async git(args, cwd = home) {
      const env = { ...bareEnvironment(home), GIT_TERMINAL_PROMPT: '0' };
      const { code, stdout, stderr } = await runProgram('git', args, { cwd, env });
      if (code !== 0) throw new Error(`git ${args[0] ?? ''} failed: ${stderr.trim()}`);
      return stdout;
    },
  };
}
