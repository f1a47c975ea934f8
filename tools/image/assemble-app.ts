// Puts together the /app of an image out of an installed checkout: the service, the packages it needs, and Node.
// node tools/image/assemble-app.ts <manager|daemon> <folder>
import { cpSync, existsSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { packageClosure, type NeededPackage } from './package-closure.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const services = ['manager', 'daemon'];

/** Tests, and what only they and the demo read, stay out; so do source maps and C headers, which nobody reads there. */
const leftOut = /(?:^|\/)(?:testing|demo)(?:\/|$)|\.test\.ts$|\.testing\.ts$/;
const leftOutOfPackages = /\.(?:map|md|markdown|d\.[cm]?ts)$/i;

function copyPackage(target: string, { folder, links, isWorkspace }: NeededPackage): void {
  const own = relative(root, folder);
  cpSync(folder, join(target, own), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => {
      const path = relative(folder, source);
      if (path === '') return true;
      // Packages inside packages are in the closure themselves, if somebody needs them.
      if (path === 'node_modules') return false;
      return isWorkspace ? !leftOut.test(path) : !leftOutOfPackages.test(path);
    },
  });
  for (const link of links) {
    const path = join(target, relative(root, link));
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) symlinkSync(readlinkSync(link), path);
  }
}

/** The Node that npm installed for this machine, without its headers. */
function copyNode(target: string): void {
  const name = `node-linux-${process.arch}`;
  const binary = join(root, 'node_modules', name, 'bin', 'node');
  mkdirSync(join(target, 'bin'), { recursive: true });
  cpSync(existsSync(binary) ? binary : process.execPath, join(target, 'bin', 'node'), { dereference: true });
}

function assemble(service: string, target: string): void {
  for (const needed of packageClosure(root, join(root, 'services', service))) copyPackage(target, needed);
  for (const file of ['package.json', 'LICENSE']) cpSync(join(root, file), join(target, file));
  // The manager hands out the CLI of its version at /cli.
  const cli = join('services', 'cli', 'dist', 'release-cli.mjs');
  if (service === 'manager') cpSync(join(root, cli), join(target, cli), { recursive: true });
  copyNode(target);
}

const [service = '', folder = ''] = process.argv.slice(2);
if (!services.includes(service) || folder === '') {
  process.stderr.write(`usage: node tools/image/assemble-app.ts <${services.join('|')}> <folder>\n`);
  process.exit(2);
}
assemble(service, resolve(folder));
