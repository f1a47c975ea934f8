export type {
  ArtifactStore,
  ExpectedUpload,
  ListedObject,
  StoredObject,
  UploadReceiver,
  UploadTarget,
} from './artifact-store.ts';
export { createFolderStore, type FolderStoreOptions } from './folder-store.ts';
export type { MessageQueue, ReceivedMessage } from './message-queue.ts';
export type { S3StoreOptions } from './s3-bucket.ts';
export { createS3Store } from './s3-store.ts';
export { createSqsQueue } from './sqs-queue.ts';
export { parseStoreUrl, type StoreLocation } from './store-url.ts';
