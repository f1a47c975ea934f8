import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Redactor } from '@release-manager/runtime';
import {
  createFolderStore,
  createS3Store,
  parseStoreUrl,
  type ArtifactStore,
  type UploadReceiver,
} from '@release-manager/storage';

import type { Config } from '../config.ts';
import { keptSecret } from './secret-file.ts';

export interface OpenedStore {
  readonly store: ArtifactStore;
  /** Where the store is a folder, the manager takes the uploads itself. */
  readonly uploads?: UploadReceiver;
}

/** @throws AppError invalid `storage.url` */
export async function openStore(config: Config, publicUrl: string, redactor: Redactor): Promise<OpenedStore> {
  const location = parseStoreUrl(config.ARTIFACT_STORE ?? `file:${join(config.DATA_DIR, 'artifacts')}`);
  if (location.kind === 's3') return { store: await createS3Store(location) };
  await mkdir(location.path, { recursive: true, mode: 0o700 });
  const secret = await keptSecret(join(config.DATA_DIR, 'upload-key'));
  redactor.register(secret);
  const store = createFolderStore({ folder: location.path, publicUrl, secret: Buffer.from(secret) });
  return { store, uploads: store };
}
