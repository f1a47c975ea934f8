import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';

import { AppError } from '@release-manager/domain';

import { privateUid, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { run } from './processes.ts';

/** Where things lie in the folder that was given to us. */
export interface DataFolder {
  readonly root: string;
  /** Postgres' own folder; it exists only when it is complete. */
  readonly cluster: string;
  readonly unfinished: string;
  readonly password: string;
  readonly passwd: string;
}

export async function openDataFolder(dataDir: string): Promise<DataFolder> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const root = await realpath(dataDir);
  return {
    root,
    cluster: path.join(root, 'cluster'),
    unfinished: path.join(root, 'cluster.unfinished'),
    password: path.join(root, 'password'),
    passwd: path.join(root, 'passwd'),
  };
}

/** Owner of the data that is there; undefined when there is none yet. */
export async function dataOwner(folder: DataFolder): Promise<number | undefined> {
  try {
    return (await stat(folder.cluster)).uid;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The one line that names the user of our private passwd file; world-readable, as the system's is. */
export async function writePrivatePasswd(folder: DataFolder): Promise<void> {
  await writeFile(folder.passwd, `postgres:x:${privateUid}:${privateUid}::/:/bin/sh\n`, { mode: 0o644 });
}

/** Gives the folder, and data that another account left in it, to the account that will run the server. */
export async function giveTo(account: Account, folder: DataFolder): Promise<void> {
  await chmod(folder.root, 0o700);
  if (process.getuid?.() !== 0) return;
  await chown(folder.root, account.uid, account.gid);
  const owner = await dataOwner(folder);
  if (owner === undefined || owner === account.uid) return;
  const inside = await readdir(folder.cluster, { recursive: true });
  for (const name of inside) await lchown(path.join(folder.cluster, name), account.uid, account.gid);
  // Last, since its owner is what says whether the hand-over is complete.
  await lchown(folder.cluster, account.uid, account.gid);
}

/**
 * The superuser's password, made once. It is on disk before initdb runs, so that no crash leaves data behind that nobody
 * can open.
 * @throws AppError unavailable `database.no-password`
 */
export async function readPassword(account: Account, folder: DataFolder): Promise<string> {
  try {
    const known = (await readFile(folder.password, 'utf8')).trim();
    if (known !== '') return known;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if ((await dataOwner(folder)) !== undefined) {
    throw new AppError('unavailable', 'database.no-password', `The password file ${folder.password} is missing.`, {
      next: 'Put it back from a backup; the data beside it can only be opened with it.',
    });
  }
  const password = randomBytes(24).toString('hex');
  const file = await open(folder.password, 'w', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    if (process.getuid?.() === 0) await file.chown(account.uid, account.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  return password;
}

/** Makes the cluster unless there is one; under another name until it is complete, so that a crash leaves nothing half. */
export async function initialise(
  account: Account,
  folder: DataFolder,
  binaries: Binaries,
  fast: boolean,
): Promise<void> {
  if ((await dataOwner(folder)) !== undefined) return;
  await rm(folder.unfinished, { recursive: true, force: true });
  const made = await run([
    ...account.prefix,
    binaries.initdb,
    `--pgdata=${folder.unfinished}`,
    '--username=postgres',
    `--pwfile=${folder.password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(fast ? ['--no-sync'] : []),
  ]);
  if (made.code !== 0) {
    throw new AppError(
      'unavailable',
      'database.not-initialised',
      `The database folder ${folder.root} cannot be set up.`,
      {
        next: 'Look at the output below; or set DATABASE_URL to a Postgres of your own.',
        details: { output: made.output.slice(-2000), account: account.description },
      },
    );
  }
  await rename(folder.unfinished, folder.cluster);
  // On disk before the first row is: else a power cut could bring back the old name, which counts as unfinished.
  const root = await open(folder.root);
  await root.sync();
  await root.close();
}
