import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

import { AppError } from '@release-manager/domain';

/**
 * One living manager per data folder. The lock is a socket in Linux's abstract namespace: taking it is atomic, it needs no
 * file that could be left behind, and the kernel frees it with the process, however that dies.
 * @param folder real path of the folder
 * @throws AppError conflict `database.folder-in-use`
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const name = `\0release-manager-postgres/${createHash('sha256').update(folder).digest('hex')}`;
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(name, resolve);
  try {
    await promise;
  } catch (error) {
    throw new AppError(
      'conflict',
      'database.folder-in-use',
      `The data folder ${folder} is in use by another process.`,
      {
        next: 'Stop the other manager, or give this one a folder of its own with DATA_DIR.',
        cause: error,
      },
    );
  }
  server.unref();
  return {
    release: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      return closed.promise;
    },
  };
}
