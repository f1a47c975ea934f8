import { AppError } from '@release-manager/domain';

import type { ArtifactStore } from './artifact-store.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  /** Put before every key, without slashes at its ends. */
  readonly prefix?: string;
  /** An S3-compatible server; absent: what the AWS SDK's own settings say. */
  readonly endpoint?: string;
}

/** Artifacts in a bucket. Region, credentials and endpoint come from the AWS SDK's own settings. */
export function createS3Store(options: S3StoreOptions): Promise<ArtifactStore> {
  return Promise.reject(new AppError('bug', 'storage.s3', `The bucket ${options.bucket} cannot be used yet.`));
}
