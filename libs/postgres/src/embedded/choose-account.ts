import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { AppError } from '@release-manager/domain';

import { parsePasswd, possibleAccounts, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { dataOwner, writePrivatePasswd, type DataFolder } from './data-folder.ts';
import { run } from './processes.ts';

/**
 * The first account under which the programs run and the folder can be reached. Tried and not reasoned about: whether a
 * user namespace is allowed depends on the kernel, on seccomp, on AppArmor and on the container.
 * @throws AppError unavailable `database.no-account` with each attempt and what it said
 */
export async function chooseAccount(folder: DataFolder, binaries: Binaries): Promise<Account> {
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  await writePrivatePasswd(folder);
  const accounts = possibleAccounts({
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    users,
    dataOwner: await dataOwner(folder),
    privatePasswd: folder.passwd,
  });
  const attempts: string[] = [];
  for (const account of accounts) {
    const script = 'cd -- "$1" && exec "$2" --version';
    const tried = await run([...account.prefix, 'sh', '-c', script, 'sh', path.dirname(folder.root), binaries.initdb]);
    if (tried.code === 0) return account;
    attempts.push(`${account.description}: ${tried.output}`);
  }
  throw new AppError(
    'unavailable',
    'database.no-account',
    `The embedded Postgres refuses root and wants a user with a name, and no way to one was found (${attempts.join('; ')}).`,
    {
      next:
        'Do one of these: start as a normal user of /etc/passwd, with a DATA_DIR of its own; allow user namespaces; leave root its ' +
        'capabilities setuid, setgid, chown and dac_override; or set DATABASE_URL to a Postgres of your own.',
    },
  );
}
