import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createCli, type Cli } from './processes/cli.ts';
import { startGitHosting, type GitHosting } from './processes/git-hosting.ts';
import { startManagerProcess } from './processes/manager-process.ts';
import { createPerson, type Person } from './processes/person.ts';
import { bareEnvironment, runProgram } from './processes/run-program.ts';

/** Everything the demo runs on, all of it in one folder. */
export interface Stage {
  readonly folder: string;
  readonly hosting: GitHosting;
  readonly repoToken: string;
  readonly managerUrl: string;
  readonly logFile: string;
  /** An administrator and a developer. */
  readonly ada: Person;
  readonly sam: Person;
  readonly admin: Cli;
  /** The command line of a person, or of CI, with a token of their own. */
  cli(home: string, token?: string): Cli;
  /** git in the config repo itself, as a person with a clone would see it. */
  repo(...args: string[]): Promise<string>;
  /** Rejects when the manager ends although nobody asked it to. */
  readonly managerLost: Promise<never>;
  close(): Promise<void>;
}

export async function setStage(folder: string, stopped: AbortSignal): Promise<Stage> {
  const repoToken = randomBytes(18).toString('base64url');
  const adminToken = randomBytes(24).toString('base64url');
  const hosting = await startGitHosting(join(folder, 'git-hosting'), repoToken);
  const credentials = { url: hosting.url, token: repoToken };
  const people = { ada: join(folder, 'ada'), sam: join(folder, 'sam') };
  const ada = await createPerson({ name: 'Ada Lindqvist', email: 'ada@example.com', home: people.ada, credentials });
  const sam = await createPerson({ name: 'Sam Okoro', email: 'sam@example.com', home: people.sam });
  const home = join(folder, 'manager');
  await mkdir(home);
  const logFile = join(folder, 'manager.log');
  const manager = startManagerProcess({
    home,
    logFile,
    settings: {
      DATA_DIR: join(home, 'data'),
      CONFIG_REPO_URL: hosting.url,
      CONFIG_REPO_TOKEN: repoToken,
      CONFIG_REPO_POLL_SECONDS: '0.5',
      ADMIN_TOKEN: adminToken,
    },
  });
  const close = async (): Promise<void> => {
    await manager.end('SIGTERM');
    await hosting.close();
  };
  try {
    const { url } = await manager.ready;
    const managerLost = manager.exited.then(({ code, signal: by, words }) => {
      throw new Error(`the manager ended (${by ?? `exit ${code}`}): ${words.trim()}`);
    });
    // Without it nobody has anything to say: whatever is still typed ends.
    const halt = new AbortController();
    const signal = AbortSignal.any([stopped, halt.signal]);
    managerLost.catch(() => halt.abort());
    return {
      folder,
      hosting,
      repoToken,
      managerUrl: url,
      logFile,
      ada,
      sam,
      admin: createCli({ home: ada.home, url, token: adminToken, signal }),
      cli: (home, token) => createCli({ home, url, token, signal }),
      async repo(...args) {
        const options = { cwd: hosting.path, env: { ...bareEnvironment(folder), GIT_CONFIG_GLOBAL: '/dev/null' } };
        const { code, stdout, stderr } = await runProgram('git', ['-c', 'safe.directory=*', ...args], options);
        if (code !== 0) throw new Error(`git ${args.join(' ')} failed: ${stderr}`);
        return stdout;
      },
      managerLost,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
