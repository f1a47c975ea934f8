import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '@release-manager/domain';
import type { Redactor } from '@release-manager/runtime';
import {
  createFolderStore,
  createS3Store,
  createSqsQueue,
  parseStoreUrl,
  type ArtifactStore,
  type MessageQueue,
  type UploadReceiver,
} from '@release-manager/storage';

import type { Config } from '../config.ts';
import type { Place } from '../features/incoming/index.ts';
import { keptSecret } from './secret-file.ts';

export interface OpenedStore {
  readonly store: ArtifactStore;
  /** Where the store is a folder, the manager takes the uploads itself. */
  readonly uploads?: UploadReceiver;
  /** What the bucket tells of its objects. */
  readonly events?: { readonly messages: MessageQueue; readonly place: Place };
}

/** @throws AppError invalid `storage.url`, `queue.url`, `config.queue-without-bucket` */
export async function openStore(config: Config, publicUrl: string, redactor: Redactor): Promise<OpenedStore> {
  const location = parseStoreUrl(config.ARTIFACT_STORE ?? `file:${join(config.DATA_DIR, 'artifacts')}`);
  const queueUrl = config.ARTIFACT_QUEUE_URL;
  if (location.kind === 's3') {
    const store = await createS3Store(location);
    if (queueUrl === undefined) return { store };
    return { store, events: { messages: await createSqsQueue(queueUrl), place: location } };
  }
  if (queueUrl !== undefined) throw queueWithoutBucket();
  await mkdir(location.path, { recursive: true, mode: 0o700 });
  // Beside the artifacts and not in DATA_DIR: processes that share the folder take each other's uploads.
  const secret = await keptSecret(join(location.path, 'upload-key'));
  redactor.register(secret);
  const store = createFolderStore({ folder: location.path, publicUrl, secret: Buffer.from(secret) });
  return { store, uploads: store };
}

function queueWithoutBucket(): AppError {
  const message = 'ARTIFACT_QUEUE_URL is set, and ARTIFACT_STORE is no bucket: nothing would ever tell of its objects.';
  return new AppError('invalid', 'config.queue-without-bucket', message, {
    next: 'set ARTIFACT_STORE to s3://<bucket>/<prefix>, or leave ARTIFACT_QUEUE_URL out: a folder is looked at every minute',
  });
}
