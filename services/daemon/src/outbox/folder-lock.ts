import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

import { AppError } from '@release-manager/domain';

/** The kernel takes no longer address of a socket. */
const longestPath = 107;

/**
 * Makes sure that one daemon writes to a folder: a socket in it that somebody listens on. It ends with the process however
 * that ends, so that a kill -9 leaves nothing that a person has to remove.
 * @returns what gives the folder back.
 * @throws AppError conflict `outbox.in-use`.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'daemon.sock');
  if (Buffer.byteLength(path) > longestPath) return async () => undefined;
  const server = createServer((socket) => socket.destroy()).unref();
  for (let attempt = 0; ; attempt += 1) {
    try {
      server.listen(path);
      await once(server, 'listening');
      break;
    } catch (error) {
      if (!isTaken(error) || attempt > 1) throw error;
      if (await answers(path)) throw inUse(folder);
      // Somebody was killed here.
      rmSync(path, { force: true });
    }
  }
  return async () => {
    server.close();
    await once(server, 'close');
  };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function inUse(folder: string): AppError {
  return new AppError('conflict', 'outbox.in-use', `Another daemon uses ${folder}.`, {
    next: 'give each daemon a DATA_DIR of its own, or stop the other one',
  });
}
