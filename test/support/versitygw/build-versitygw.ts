import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

const folder = import.meta.dirname;
const run = promisify(execFile);

/** A cold build takes one to two minutes on two cores, a warm one seconds. */
export const buildTimeoutMs = 5 * 60_000;

/**
 * Why the real S3 server cannot run here, or `undefined` when it can. In CI nothing is skipped: there the answer is always
 * `undefined`, and a missing Go fails the tests.
 */
export async function whyNoVersitygw(): Promise<string | undefined> {
  if (process.env['CI'] === 'true') return undefined;
  const found = (await inPath('versitygw')) ?? (await inPath('go'));
  return found === undefined ? 'needs versitygw, or Go to build it, in PATH' : undefined;
}

/**
 * The path of the program: the one in PATH, else the pinned version, built once per pin into a cache outside the checkout.
 * Several processes may build at the same time: each builds a file of its own, and the last rename wins with the same bytes.
 */
export async function buildVersitygw(): Promise<string> {
  const installed = await inPath('versitygw');
  if (installed !== undefined) return installed;
  const cache = join(cacheHome(), 'release-manager', 'tools', await pinHash());
  const program = join(cache, 'versitygw');
  if (await isExecutable(program)) return program;
  await mkdir(cache, { recursive: true });
  const unfinished = `${program}.${randomUUID()}`;
  try {
    const build = ['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', unfinished];
    await run('go', [...build, 'github.com/versity/versitygw/cmd/versitygw'], {
      cwd: folder,
      timeout: buildTimeoutMs,
      env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
    });
    await rename(unfinished, program);
  } finally {
    await rm(unfinished, { force: true });
  }
  return program;
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
