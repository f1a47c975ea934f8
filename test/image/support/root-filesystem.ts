import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { inPath, makeOnce, toolCache } from '@release-manager/testing/go-tool';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
/** What `FROM debian:bookworm-slim` is made from. */
const suite = 'bookworm';
const minutes = 60_000;

export type ImageName = 'manager' | 'daemon';

/** The root file system of an image, put together without Docker by what its Dockerfile uses too. */
export interface RootFilesystem extends AsyncDisposable {
  /** Debian with the packages of the image; shared by tests, and therefore never written to. */
  readonly system: string;
  readonly app: string;
}

/**
 * Why images cannot be tried here, or `undefined` when they can. In CI nothing is skipped: there the answer is always
 * `undefined`, and what is missing fails the tests.
 */
export async function whyNoRootFilesystem(): Promise<string | undefined> {
  if (process.env['CI'] === 'true') return undefined;
  if (process.getuid?.() !== 0) return 'needs root, for mounts and another user';
  return (await findDebootstrap()) === undefined ? 'needs debootstrap' : undefined;
}

export async function buildRootFilesystem(image: ImageName): Promise<RootFilesystem> {
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  const app = join(folder, 'app');
  await run(process.execPath, [join(root, 'tools', 'image', 'assemble-app.ts'), image, app]);
  return {
    system: await debian(image),
    app,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** Made once per list of packages, which takes a minute or two. */
async function debian(image: ImageName): Promise<string> {
  const list = await readFile(join(root, 'deploy', 'images', `system-packages-${image}.txt`), 'utf8');
  const packages = list.trim().split(/\s+/);
  const name = createHash('sha256')
    .update([suite, ...packages].join(' '))
    .digest('hex')
    .slice(0, 20);
  const path = join(toolCache(), `debian-${name}`);
  await makeOnce(path, async (unfinished) => {
    const debootstrap = await findDebootstrap();
    if (debootstrap === undefined) throw new Error('debootstrap is not installed, and no root file system can be made');
    const args = ['--variant=minbase', `--include=${packages.join(',')}`, suite, unfinished];
    await run(debootstrap, args, { timeout: 15 * minutes, maxBuffer: 64 * 1024 * 1024 });
    await run('chroot', [unfinished, 'useradd', '--uid', '65532', '--home-dir', '/tmp', '--no-create-home', 'release']);
    for (const mountPoint of ['app', 'data']) await mkdir(join(unfinished, mountPoint));
  });
  return path;
}

/** Part of Debian; a machine of ours that may install it does. */
async function findDebootstrap(): Promise<string | undefined> {
  return (await inPath('debootstrap')) ?? ((await isInSbin()) ? '/usr/sbin/debootstrap' : undefined);
}

async function isInSbin(): Promise<boolean> {
  return run('/usr/sbin/debootstrap', ['--version']).then(
    () => true,
    () => false,
  );
}
