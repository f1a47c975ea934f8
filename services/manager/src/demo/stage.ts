import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ClusterKind } from './cluster-kind.ts';
import { createClusterSet, type ClusterSet } from './cluster-set.ts';
import { startPlatforms, type Platforms } from './platforms.ts';
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
  /** Where the sources lie, and where the teams talk. */
  readonly platforms: Platforms;
  readonly managerUrl: string;
  readonly logFile: string;
  /** An administrator, and developers of two teams. */
  readonly grace: Person;
  readonly ada: Person;
  readonly sam: Person;
  readonly admin: Cli;
  /** The command line of a person, or of CI, with a token of their own. */
  cli(home: string, token?: string): Cli;
  /** git in the config repo itself, as a person with a clone would see it. */
  repo(...args: string[]): Promise<string>;
  /** What its clusters are. */
  readonly kind: ClusterKind;
  readonly clusters: ClusterSet;
  /** Rejects when something ends although nobody asked it to. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

export async function setStage(folder: string, kind: ClusterKind, stopped: AbortSignal): Promise<Stage> {
  const repoToken = randomBytes(18).toString('base64url');
  const adminToken = randomBytes(24).toString('base64url');
  const hosting = await startGitHosting(join(folder, 'git-hosting'), repoToken);
  const platforms = await startPlatforms();
  const credentials = { url: hosting.url, token: repoToken };
  const person = (id: string, name: string, more: object = {}): Promise<Person> =>
    createPerson({ name, email: `${id}@example.com`, home: join(folder, id), ...more });
  const grace = await person('grace', 'Grace Mensah', { credentials });
  const ada = await person('ada', 'Ada Lindqvist');
  const sam = await person('sam', 'Sam Okoro');
  const home = join(folder, 'manager');
  await mkdir(home);
  const logFile = join(folder, 'manager.log');
  const settings = {
    DATA_DIR: join(home, 'data'),
    CONFIG_REPO_URL: hosting.url,
    CONFIG_REPO_TOKEN: repoToken,
    CONFIG_REPO_POLL_SECONDS: '0.5',
    ADMIN_TOKEN: adminToken,
    ...platforms.managerSettings,
    ...kind.managerSettings,
  };
  const manager = startManagerProcess({ home, logFile, settings });
  let clusters: ClusterSet | undefined;
  // What was started last ends first.
  const close = async (): Promise<void> => {
    await clusters?.close();
    await manager.end('SIGTERM');
    await platforms.close();
    await hosting.close();
  };
  try {
    const { url } = await manager.ready;
    platforms.tell(url);
    const loss = Promise.withResolvers<never>();
    const loses = (part: Promise<unknown>): void => void part.catch(loss.reject);
    loses(
      manager.exited.then(({ code, signal: by, words }) => {
        throw new Error(`the manager ended (${by ?? `exit ${code}`}): ${words.trim()}`);
      }),
    );
    // Without it nobody has anything to say: whatever is still typed ends.
    const halt = new AbortController();
    const signal = AbortSignal.any([stopped, halt.signal]);
    loss.promise.catch(() => halt.abort());
    const admin = createCli({ home: grace.home, url, token: adminToken, signal });
    const configRepo = { url: hosting.url, token: repoToken, path: hosting.path };
    clusters = createClusterSet({ kind, common: { folder, configRepo, managerUrl: url, admin, signal }, loses });
    return {
      folder,
      hosting,
      repoToken,
      platforms,
      managerUrl: url,
      logFile,
      grace,
      ada,
      sam,
      admin,
      cli: (home, token) => createCli({ home, url, token, signal }),
      repo: (...args) => lookInto(hosting.path, folder, args),
      kind,
      clusters,
      lost: loss.promise,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function lookInto(repository: string, home: string, args: readonly string[]): Promise<string> {
  const options = { cwd: repository, env: { ...bareEnvironment(home), GIT_CONFIG_GLOBAL: '/dev/null' } };
  const { code, stdout, stderr } = await runProgram('git', ['-c', 'safe.directory=*', ...args], options);
  if (code !== 0) throw new Error(`git ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
