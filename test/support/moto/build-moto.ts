import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const folder = import.meta.dirname;
const run = promisify(execFile);

/** A cold installation takes a quarter of a minute on two idle cores; a machine may be busy with other things. */
export const installTimeoutMs = 5 * 60_000;

/**
 * Why moto cannot run here, or `undefined` when it can; it is installed on the way. In CI nothing is skipped: there the answer
 * is always `undefined`, and a missing Python fails the tests.
 */
export async function whyNoMoto(): Promise<string | undefined> {
  if (process.env['CI'] === 'true') return undefined;
  if ((await inPath('python3')) === undefined) return 'needs Python 3 in PATH';
  return installMoto().then(
    () => undefined,
    (error: unknown) => `moto cannot be installed: ${String(error).split('\n', 1)[0]}`,
  );
}

/** The Python of a virtual environment that has moto, made once per pin in a cache outside of the checkout. */
export async function installMoto(): Promise<string> {
  const system = await inPath('python3');
  if (system === undefined) throw new Error('there is no python3 in PATH');
  const { stdout: version } = await run(system, ['--version']);
  const hash = createHash('sha256')
    .update(await readFile(join(folder, 'requirements.txt')))
    .update(version);
  const home = join(cacheHome(), 'release-manager', 'tools', hash.digest('hex').slice(0, 20), 'moto');
  await mkdir(home, { recursive: true });
  // A virtual environment cannot be renamed into its place, so the last file says that it is whole.
  while (!(await exists(join(home, 'complete')))) {
    if (await takeLock(join(home, 'lock'))) await install(system, home);
    else await setTimeout(200);
  }
  return join(home, 'venv', 'bin', 'python');
}

/** Under the lock. */
async function install(system: string, home: string): Promise<void> {
  const options = { timeout: installTimeoutMs, maxBuffer: 16 * 1024 * 1024 };
  const venv = join(home, 'venv');
  try {
    await rm(venv, { recursive: true, force: true, maxRetries: 10 });
    await run(system, ['-m', 'venv', venv], options);
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
    ];
    await run(join(venv, 'bin', 'python'), [...pip, '-r', join(folder, 'requirements.txt')], options);
    await writeFile(join(home, 'complete'), '');
  } finally {
    await rm(join(home, 'lock'), { force: true });
  }
}

/** A lock whose owner is gone is taken away; the next round takes it. */
async function takeLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(path, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The specification of base directories wants a relative XDG_CACHE_HOME ignored. */
function cacheHome(): string {
  const set = process.env['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(set) ? set : join(homedir(), '.cache');
}

async function inPath(name: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name);
    if (isAbsolute(path) && (await exists(path, constants.X_OK))) return path;
  }
  return undefined;
}

async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
