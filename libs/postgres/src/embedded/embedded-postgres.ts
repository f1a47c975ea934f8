import { createServer } from 'node:net';

import { AppError } from '@release-manager/domain';

import { findBinaries } from './binaries.ts';
import { chooseAccount } from './choose-account.ts';
import { giveTo, initialise, openDataFolder, readPassword, type DataFolder } from './data-folder.ts';
import { lockFolder } from './folder-lock.ts';
import { clearLeftovers } from './leftovers.ts';
import { startServer, type Server } from './server.ts';

export interface EmbeddedPostgresOptions {
  /** A folder for this alone; made when missing, its data kept between starts. */
  readonly dataDir: string;
  /** Absent: any free one, another at each start. */
  readonly port?: number;
  /** Each line that the server logs. */
  readonly onLog?: (line: string) => void;
  /** For tests: nothing is flushed to disk, a crash of the machine loses the data. */
  readonly fast?: boolean;
}

export interface EmbeddedPostgres {
  /** With the password; for `openDatabase`, never for a log. */
  readonly url: string;
  /** Aborted when the server has ended, whoever ended it. */
  readonly ended: AbortSignal;
  /** Ends the connections and shuts down cleanly; afterwards the folder may be used again. */
  stop(): Promise<void>;
}

const attemptsForAPort = 5;

/**
 * A real Postgres as a child process, on the loopback address only. It shuts down when we do, also after a kill -9 of us;
 * where that did not work, the next start ends the old server first. Two managers never share a folder.
 * @throws AppError conflict `database.folder-in-use`, unavailable with what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = findBinaries();
  const folder = await openDataFolder(options.dataDir);
  const lock = await lockFolder(folder.root);
  try {
    await clearLeftovers(folder.unfinished);
    await clearLeftovers(folder.cluster);
    const account = await chooseAccount(folder, binaries);
    await giveTo(account, folder);
    const password = await readPassword(account, folder);
    await initialise(account, folder, binaries, options.fast === true);
    const server = await startOnPort(options, (port) =>
      startServer({
        account,
        binaries,
        cluster: folder.cluster,
        port,
        onLog: options.onLog,
        fast: options.fast === true,
      }),
    );
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres`,
      ended: server.ended,
      stop: async () => {
        await server.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw explain(error, folder);
  }
}

/** A free port may be taken between our look and the server's bind, so another one is tried; a given one is not changed. */
async function startOnPort(
  options: EmbeddedPostgresOptions,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (options.port !== undefined) return start(options.port);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof AppError && error.code === 'database.port-taken';
      if (!taken || attempt === attemptsForAPort) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}

function explain(error: unknown, folder: DataFolder): unknown {
  if (!(error instanceof Error && 'code' in error) || error instanceof AppError) return error;
  if (error.code !== 'EACCES' && error.code !== 'EPERM' && error.code !== 'EROFS') return error;
  return new AppError(
    'unavailable',
    'database.folder',
    `The data folder ${folder.root} cannot be used: ${error.message}.`,
    {
      next: 'Start as the user who owns it, or set DATA_DIR to a folder of your own.',
      cause: error,
    },
  );
}
