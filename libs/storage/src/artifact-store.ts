/** What the uploader announced, and the only bytes that its URL takes. */
export interface ExpectedUpload {
  /** Bytes of the zip. */
  readonly size: number;
  /** SHA-256 of the zip, lower-case hex. */
  readonly sha256: string;
}

/** Where and how to upload. The URL is a credential until it expires: it goes to the uploader only, never into a log. */
export interface UploadTarget {
  readonly url: string;
  readonly method: 'PUT';
  /** Sent exactly as they are: they are part of the signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

export interface StoredObject {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex; absent where the store does not know it (an object that somebody uploaded without a checksum). */
  readonly sha256?: string;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

/**
 * Where artifacts lie. Keys are segments of `A-Z a-z 0-9 . _ - +` joined by `/`, none of which begins with a dot
 * (@throws AppError invalid `storage.key` by every method otherwise). What lies under a key never changes: writing to a key
 * that exists leaves it as it is, so a retry after a crash is harmless. Any method may throw AppError unavailable
 * `storage.unavailable` (try again) or `storage.refused` (the store refuses our credentials).
 */
export interface ArtifactStore {
  /** For people and without secrets: `s3://bucket/prefix`, `folder /data/artifacts`. */
  readonly description: string;

  /** A URL by which somebody without credentials can put exactly the expected bytes under `key`, again and again until it expires. */
  presignUpload(key: string, expected: ExpectedUpload, expiresInSeconds: number): Promise<UploadTarget>;

  head(key: string): Promise<StoredObject | undefined>;

  /**
   * The whole object, never holding more than `limit` bytes of it.
   * @throws AppError not-found `storage.not-found`; invalid `storage.too-large`
   */
  read(key: string, limit: number): Promise<Buffer>;

  /**
   * Copies inside the store; a target that exists is left as it is. It copies what lies there *now*: where somebody else can
   * replace the source (`incoming/`), write the bytes that were checked instead.
   * @throws AppError not-found `storage.not-found` when neither source nor target exists
   */
  copy(from: string, to: string): Promise<void>;

  /** Creates the object; one that exists is left as it is. */
  write(key: string, content: Buffer): Promise<void>;

  /** Absent is fine. */
  remove(key: string): Promise<void>;

  /**
   * Every object whose key begins with `prefix`, in the order of the bytes of the key. The prefix is text, not a folder:
   * `artifacts/api` also finds `artifacts/api-x/…`, so end it with `/` where one service is meant.
   */
  list(prefix: string): AsyncIterable<ListedObject>;

  /** For readiness. @throws AppError unavailable, with what to do */
  check(): Promise<void>;
}

/** The receiving end of a presigned URL, where the store is a folder and the manager itself takes the upload. */
export interface UploadReceiver {
  /**
   * Takes one upload; nothing appears under the key unless size and SHA-256 are those that were announced.
   * @throws AppError forbidden `storage.upload-token` (forged or broken) or `storage.upload-expired`; invalid
   * `storage.upload-size`, `storage.upload-checksum` or `storage.upload-interrupted`
   */
  receive(token: string, body: AsyncIterable<Uint8Array>): Promise<void>;
}
