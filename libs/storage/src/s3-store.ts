import type { ArtifactStore } from './artifact-store.ts';
import type { S3StoreOptions } from './s3-bucket.ts';

/**
 * Artifacts in a bucket; region, credentials and endpoint come from the AWS SDK's own settings. Nothing is sent yet: `check`
 * tells whether the bucket can be used. The SDK takes 90 ms to load, which only those pay who call this.
 */
export async function createS3Store(options: S3StoreOptions): Promise<ArtifactStore> {
  const { openBucket } = await import('./s3-bucket.ts');
  return openBucket(options);
}
