import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { systemClock, type Clock } from '@release-manager/domain';

import type { ArtifactStore, ExpectedUpload, ListedObject, StoredObject, UploadTarget } from './artifact-store.ts';
import { assertExpectedUpload } from './expected-upload.ts';
import { assertListPrefix, isObjectKey, parseObjectKey } from './object-key.ts';
import { createClient } from './s3-client.ts';
import { failureOf, translateS3Error } from './s3-errors.ts';
import { notFound, tooLarge } from './storage-errors.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  /** Put before every key, without slashes at its ends. */
  readonly prefix?: string;
  /** An S3-compatible server; absent: what the AWS SDK's own settings say (`AWS_ENDPOINT_URL_S3`, profile, else AWS). */
  readonly endpoint?: string;
  readonly clock?: Clock;
}

/** Readiness is asked for every few seconds and must not hang as long as a download may. */
const checkTimeoutMs = 5_000;

export async function openBucket(options: S3StoreOptions): Promise<ArtifactStore> {
  return new S3Bucket(await createClient(options.endpoint), options);
}

class S3Bucket implements ArtifactStore {
  readonly description: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(client: S3Client, options: S3StoreOptions) {
    const prefix = options.prefix ?? '';
    this.description = `s3://${options.bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.#client = client;
    this.#clock = options.clock ?? systemClock;
    this.#bucket = options.bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  /** The checksum and the length are headers that the signature covers: kept in the query, S3 would not compare them. */
  async presignUpload(key: string, expected: ExpectedUpload, expiresInSeconds: number): Promise<UploadTarget> {
    const target = this.#at(key);
    assertExpectedUpload(expected);
    const checksum = Buffer.from(expected.sha256, 'hex').toString('base64');
    const command = new PutObjectCommand({ ...target, ContentLength: expected.size, ChecksumSHA256: checksum });
    const signedAt = this.#clock.now();
    const url = await this.#call('s3:PutObject', async () => {
      return getSignedUrl(this.#client, command, {
        expiresIn: expiresInSeconds,
        signingDate: signedAt,
        unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
      });
    });
    return {
      url,
      method: 'PUT',
      headers: { 'content-length': String(expected.size), 'x-amz-checksum-sha256': checksum },
      expiresAt: new Date(signedAt.getTime() + expiresInSeconds * 1000),
    };
  }

  async head(key: string): Promise<StoredObject | undefined> {
    const command = new HeadObjectCommand({ ...this.#at(key), ChecksumMode: 'ENABLED' });
    return this.#call('s3:GetObject', async () => {
      try {
        const found = await this.#client.send(command);
        return { size: found.ContentLength ?? 0, ...wholeSha256(found.ChecksumSHA256) };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  async read(key: string, limit: number): Promise<Buffer> {
    const command = new GetObjectCommand({ ...this.#at(key), ChecksumMode: 'ENABLED' });
    return this.#call('s3:GetObject', async () => {
      try {
        const { Body: body, ContentLength: size } = await this.#client.send(command);
        return await collect(body as Readable, { key, limit, size: size ?? 0 });
      } catch (error) {
        throw isAbsent(error) ? notFound(key) : error;
      }
    });
  }

  async copy(from: string, to: string): Promise<void> {
    const source = this.#at(from);
    if ((await this.head(to)) !== undefined) return;
    // The alphabet of keys and buckets needs no escaping in CopySource except that of the plus sign.
    const copySource = `${source.Bucket}/${source.Key}`.replaceAll('+', '%2B');
    const command = new CopyObjectCommand({ ...this.#at(to), CopySource: copySource, IfNoneMatch: '*' });
    await this.#call('s3:PutObject', async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        if (isAbsent(error)) throw notFound(from);
        if (!(await this.#lostToAnother(error, to))) throw error;
      }
    });
  }

  async write(key: string, content: Buffer): Promise<void> {
    const command = new PutObjectCommand({
      ...this.#at(key),
      Body: content,
      ChecksumSHA256: createHash('sha256').update(content).digest('base64'),
      IfNoneMatch: '*',
    });
    await this.#call('s3:PutObject', async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        if (!(await this.#lostToAnother(error, key))) throw error;
      }
    });
  }

  async remove(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#at(key));
    await this.#call('s3:DeleteObject', async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        // AWS answers 204 for what is absent; others say 404.
        if (!isAbsent(error)) throw error;
      }
    });
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertListPrefix(prefix);
    let token: string | undefined;
    do {
      const page = await this.#page(prefix, token);
      for (const item of page.Contents ?? []) {
        const key = decodeKey(item.Key ?? '', page.EncodingType).slice(this.#prefix.length);
        // Whoever may write to the bucket may name things as they like: nothing of ours has such a name.
        if (isObjectKey(key)) yield { key, size: item.Size ?? 0, modifiedAt: item.LastModified ?? new Date(0) };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async check(): Promise<void> {
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 });
    const abortSignal = AbortSignal.timeout(checkTimeoutMs);
    await this.#call('s3:ListBucket', () => this.#client.send(command, { abortSignal }));
  }

  /** Keys come URL-encoded: a name with control characters would otherwise make the whole XML page unreadable. */
  async #page(prefix: string, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      Prefix: `${this.#prefix}${prefix}`,
      EncodingType: 'url',
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    return this.#call('s3:ListBucket', () => this.#client.send(command));
  }

  /** 412: it exists. 409: another writer of this key was at work at the same moment, and may have failed. */
  async #lostToAnother(error: unknown, key: string): Promise<boolean> {
    const { status } = failureOf(error);
    if (status === 412) return true;
    return status === 409 && (await this.head(key)) !== undefined;
  }

  #at(key: string): { Bucket: string; Key: string } {
    parseObjectKey(key);
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` };
  }

  async #call<T>(action: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw translateS3Error(error, this.description, action);
    }
  }
}

function isAbsent(error: unknown): boolean {
  const { code, status } = failureOf(error);
  return status === 404 && code !== 'NoSuchBucket';
}

/** The checksum of a multipart upload (`…-3`) is one of its parts' checksums, not of the bytes. */
function wholeSha256(checksum: string | undefined): { sha256?: string } {
  if (checksum === undefined || checksum.includes('-')) return {};
  return { sha256: Buffer.from(checksum, 'base64').toString('hex') };
}

function decodeKey(key: string, encoding: string | undefined): string {
  if (encoding !== 'url') return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

async function collect(body: Readable, at: { key: string; limit: number; size: number }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = at.size;
  if (size <= at.limit) {
    size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > at.limit) break;
      chunks.push(chunk);
    }
  }
  if (size <= at.limit) return Buffer.concat(chunks, size);
  body.destroy();
  throw tooLarge(at.key, at.limit);
}
