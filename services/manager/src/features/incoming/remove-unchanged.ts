import { createHash } from 'node:crypto';

import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { ArtifactStore } from '@release-manager/storage';

import { enqueueTake } from './take-incoming-job.ts';

export interface RemoveDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly store: ArtifactStore;
}

/**
 * Removes the object unless somebody has put another one there since it was read; that one is taken in as well. S3 on its own
 * has no such removal everywhere; what is left of the race are the milliseconds after the look.
 */
export async function removeUnchanged(
  { database, queue, store }: RemoveDeps,
  key: string,
  read: { readonly size: number; readonly sha256: string },
): Promise<void> {
  const found = await store.head(key);
  if (found === undefined) return;
  if (found.size === read.size && (found.sha256 ?? (await hashOf(store, key, read.size))) === read.sha256) {
    await store.remove(key);
    return;
  }
  await database.transaction((tx) => enqueueTake(queue, tx, { key }));
}

/** For objects that were uploaded without a checksum of their bytes. Nothing when it changed at this very moment. */
async function hashOf(store: ArtifactStore, key: string, size: number): Promise<string | undefined> {
  const content = await store.read(key, size).catch(() => undefined);
  return content === undefined ? undefined : createHash('sha256').update(content).digest('hex');
}
