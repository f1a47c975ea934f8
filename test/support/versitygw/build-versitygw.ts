import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const folder = import.meta.dirname;
const run = promisify(execFile);

/** A cold build takes one to two minutes on two idle cores, a warm one seconds; a machine may be busy with other things. */
export const buildTimeoutMs = 10 * 60_000;

/**
 * Why the real S3 server cannot run here, or `undefined` when it can. In CI nothing is skipped: there the answer is always
 * `undefined`, and a missing Go fails the tests.
 */
export async function whyNoVersitygw(): Promise<string | undefined> {
  if (process.env['CI'] === 'true') return undefined;
  const found = (await inPath('versitygw')) ?? (await inPath('go'));
  if (found !== undefined || (await isExecutable(await cachedProgram()))) return undefined;
  return 'needs versitygw, or Go to build it, in PATH';
}

/** The path of the program: the one in PATH, else the pinned version, built once per pin into a cache outside the checkout. */
export async function buildVersitygw(): Promise<string> {
  const installed = await inPath('versitygw');
  if (installed !== undefined) return installed;
  const program = await cachedProgram();
  await mkdir(dirname(program), { recursive: true });
  while (!(await isExecutable(program))) {
    if (await takeLock(`${program}.lock`)) await build(program);
    else await setTimeout(200);
  }
  return program;
}

/** Under the lock. Builds a file of its own and renames it, so that nobody ever runs half a program. */
async function build(program: string): Promise<void> {
  const unfinished = `${program}.${randomUUID()}`;
  try {
    const options = ['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', unfinished];
    await run('go', [...options, 'github.com/versity/versitygw/cmd/versitygw'], {
      cwd: folder,
      timeout: buildTimeoutMs,
      env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
    });
    await rename(unfinished, program);
  } finally {
    await rm(unfinished, { force: true });
    await rm(`${program}.lock`, { force: true });
  }
}

/**
 * Keeps several test processes from building the same thing at once, which only costs time: so a lock whose owner is gone is
 * simply taken, and nothing breaks when two take it.
 */
async function takeLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (!(owner > 0) || !isAlive(owner)) await rm(path, { force: true });
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

async function cachedProgram(): Promise<string> {
  return join(cacheHome(), 'release-manager', 'tools', await pinHash(), 'versitygw');
}

async function pinHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum']) hash.update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 20);
}

/** The specification of base directories wants a relative XDG_CACHE_HOME ignored. */
function cacheHome(): string {
  const set = process.env['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(set) ? set : join(homedir(), '.cache');
}

async function inPath(name: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name);
    if (isAbsolute(path) && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
