// What must be installed before a task can run, and by which command.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const oldest = 24;

/** The npm package that is a Node 24 for this machine; there are such only for Linux. */
function nodePackage() {
  return process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
    ? `node-linux-${process.arch}`
    : undefined;
}

function isRecent(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0) >= oldest;
}

/** The path of a Node 24: the one that npm installed if it runs here, else the one that runs this. */
export function findNode24(root) {
  const name = nodePackage();
  const packaged = name === undefined ? undefined : join(root, 'node_modules', name, 'bin', 'node');
  if (packaged !== undefined && existsSync(packaged)) {
    // The packaged one needs glibc: asking is the only way to know.
    const { stdout } = spawnSync(packaged, ['--version'], { encoding: 'utf8' });
    if (isRecent(stdout ?? '')) return packaged;
  }
  return isRecent(process.version) ? process.execPath : undefined;
}

/** The install that works here, or undefined where no Node 24 can be had. npm chooses versions by the Node it runs on. */
export function bootstrapCommand(root) {
  const install = ['npm', 'ci', '--no-audit', '--no-fund'];
  if (isRecent(process.version)) return { argv: install, shown: install.join(' ') };
  const name = nodePackage();
  if (name === undefined) return undefined;
  const version = readJson(join(root, 'package.json')).optionalDependencies[name];
  const argv = ['npx', '-y', '-p', `${name}@${version}`, '-c', install.join(' ')];
  return { argv, shown: [...argv.slice(0, -1), `'${argv.at(-1)}'`].join(' ') };
}

/** Why the installed packages are not those of the lockfile, or undefined if they are. */
export function staleness(root) {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) return 'node_modules is missing';
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const differs = Object.keys({ ...wanted, ...installed }).some(
    (path) => path !== '' && !agree(wanted[path], installed[path]),
  );
  return differs ? 'package-lock.json has changed' : undefined;
}

/** An optional package that is not for this machine is in the lockfile and not on disk. */
function agree(wanted, installed) {
  if (wanted === undefined) return false;
  if (installed === undefined) return wanted.optional === true || wanted.devOptional === true;
  return wanted.version === installed.version && wanted.integrity === installed.integrity;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
