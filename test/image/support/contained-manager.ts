import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createCli, type Cli } from '../../../services/manager/src/demo/processes/cli.ts';
import { startManagerProcess } from '../../../services/manager/src/demo/processes/manager-process.ts';
import { createStubbornClient, type StubbornClient } from '../../support/stubborn-client.ts';
import type { RootFilesystem } from './root-filesystem.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, 'contained.sh');
const adminToken = 'a-token-for-tests-only-0123456789';
/** The user of the images. */
const user = 65_532;

/** Without processes of its own, which a container has too: each step becomes the next one, so that signals arrive. */
function contained(root: RootFilesystem, data: string, program: readonly string[]): [string, ...string[]] {
  return ['unshare', '--mount', script, root.system, root.app, data, ...program];
}

/** A folder that the image may write to: its DATA_DIR. */
export async function makeDataFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'image-data-'));
  const own = async (path: string): Promise<void> => chown(path, user, user);
  await own(folder);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content, { mode: 0o600 });
    await own(join(folder, name));
  }
  return folder;
}

/** What a program says inside of the image. */
export async function runContained(root: RootFilesystem, data: string, words: string): Promise<string> {
  const [command, ...args] = contained(root, data, ['/bin/sh', '-c', words]);
  const { stdout } = await run(command, args);
  return stdout;
}

export interface ContainedManager extends AsyncDisposable {
  readonly client: StubbornClient;
  readonly cli: Cli;
}

/** The manager of the image with its embedded database, on a config repo elsewhere. */
export async function startContainedManager(
  root: RootFilesystem,
  data: string,
  settings: Readonly<Record<string, string>>,
): Promise<ContainedManager> {
  const home = await mkdtemp(join(tmpdir(), 'image-home-'));
  await mkdir(join(home, 'config'), { recursive: true });
  const all = { PORT: '0', METRICS_PORT: '0', ADMIN_TOKEN: adminToken, ...settings };
  const manager = startManagerProcess({
    home,
    logFile: join(home, 'manager.log'),
    settings: Object.fromEntries(Object.entries(all).map(([name, value]) => [`APP_${name}`, value])),
    program: contained(root, data, ['/app/bin/node', '/app/services/manager/src/main.ts']),
  });
  const stop = async (): Promise<void> => {
    await manager.end('SIGTERM');
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const { url } = await manager.ready;
    return {
      client: createStubbornClient(url, adminToken),
      cli: createCli({ home, url, token: adminToken }),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
