import type { Clock } from '@release-manager/domain';

import type { ArtifactStore } from './artifact-store.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  /** Put before every key, without slashes at its ends. */
  readonly prefix?: string;
  /** An S3-compatible server; absent: what the AWS SDK's own settings say (`AWS_ENDPOINT_URL_S3`, profile, else AWS). */
  readonly endpoint?: string;
  readonly clock?: Clock;
}

/**
 * Artifacts in a bucket; region, credentials and endpoint come from the AWS SDK's own settings. Nothing is sent yet: `check`
 * tells whether the bucket can be used. The SDK takes 90 ms to load, which only those pay who call this.
 */
export async function createS3Store(options: S3StoreOptions): Promise<ArtifactStore> {
  const { openBucket } = await import('./s3-bucket.ts');
  return openBucket(options);
}
