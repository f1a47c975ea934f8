import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, messageOf, systemClock, type Clock } from '@release-manager/domain';

import type {
  ArtifactStore,
  ExpectedUpload,
  ListedObject,
  StoredObject,
  UploadReceiver,
  UploadTarget,
} from './artifact-store.ts';
import { assertExpectedUpload } from './expected-upload.ts';
import { hasCode, publish, sweepAbandoned, writeTemporary } from './folder-files.ts';
import { listFolder } from './folder-listing.ts';
import { assertListPrefix, parseObjectKey } from './object-key.ts';
import { notFound, tooLarge } from './storage-errors.ts';
import { exactly } from './upload-check.ts';
import { openUploadToken, signUploadToken } from './upload-token.ts';

export interface FolderStoreOptions {
  /** Absolute; made when it is missing. */
  readonly folder: string;
  /** Where this manager is reached by those who upload, without a trailing slash. */
  readonly publicUrl: string;
  /** Signs upload URLs; the same in every replica, and kept over restarts so that URLs outlive one. */
  readonly secret: Buffer;
  readonly clock?: Clock;
}

/** A temporary file untouched for this long belongs to a process that died. */
const abandonedAfterMs = 60 * 60 * 1000;

/** Artifacts in a folder of this machine: objects below `objects/`, unfinished files in `tmp/` on the same file system. */
export function createFolderStore(options: FolderStoreOptions): ArtifactStore & UploadReceiver {
  return new FolderStore(options);
}

class FolderStore implements ArtifactStore, UploadReceiver {
  readonly description: string;
  readonly #folder: string;
  readonly #objects: string;
  readonly #temporary: string;
  readonly #publicUrl: string;
  readonly #secret: Buffer;
  readonly #clock: Clock;
  #swept = false;

  constructor(options: FolderStoreOptions) {
    this.description = `folder ${options.folder}`;
    this.#folder = options.folder;
    this.#objects = join(options.folder, 'objects');
    this.#temporary = join(options.folder, 'tmp');
    this.#publicUrl = options.publicUrl.replace(/\/+$/, '');
    this.#secret = options.secret;
    this.#clock = options.clock ?? systemClock;
  }

  async presignUpload(key: string, expected: ExpectedUpload, expiresInSeconds: number): Promise<UploadTarget> {
    parseObjectKey(key);
    assertExpectedUpload(expected);
    const expiresAt = new Date(this.#clock.now().getTime() + expiresInSeconds * 1000);
    const { size, sha256 } = expected;
    const token = signUploadToken({ key, size, sha256, expiresAt }, this.#secret);
    return {
      url: `${this.#publicUrl}/v1/uploads/${token}`,
      method: 'PUT',
      headers: { 'content-length': String(size) },
      expiresAt,
    };
  }

  async receive(token: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const grant = openUploadToken(token, this.#secret, this.#clock.now());
    await this.#create(grant.key, exactly(grant, body));
  }

  async head(key: string): Promise<StoredObject | undefined> {
    const file = await this.#openObject(key);
    if (file === undefined) return undefined;
    try {
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        size += chunk.length;
      }
      return { size, sha256: hash.digest('hex') };
    } catch (error) {
      throw this.#translated(error);
    } finally {
      await file.close();
    }
  }

  async read(key: string, limit: number): Promise<Buffer> {
    const file = await this.#openObject(key);
    if (file === undefined) throw notFound(key);
    try {
      const { size } = await file.stat();
      if (size > limit) throw tooLarge(key, limit);
      return await file.readFile();
    } catch (error) {
      throw this.#translated(error);
    } finally {
      await file.close();
    }
  }

  async copy(from: string, to: string): Promise<void> {
    if (await this.#exists(to)) return;
    const file = await this.#openObject(from);
    if (file === undefined) throw notFound(from);
    try {
      await this.#create(to, file.createReadStream({ autoClose: false }));
    } finally {
      await file.close();
    }
  }

  async write(key: string, content: Buffer): Promise<void> {
    if (await this.#exists(key)) return;
    await this.#create(key, once(content));
  }

  async remove(key: string): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await rm(path, { force: true });
    } catch (error) {
      // `a/b` is absent when `a` is an object; a folder is no object.
      if (!hasCode(error, 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR')) throw this.#translated(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertListPrefix(prefix);
    try {
      yield* listFolder(this.#objects, prefix);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  async check(): Promise<void> {
    try {
      await mkdir(this.#objects, { recursive: true, mode: 0o700 });
      await mkdir(this.#temporary, { recursive: true, mode: 0o700 });
      await access(this.#objects, constants.R_OK | constants.W_OK | constants.X_OK);
      await access(this.#temporary, constants.R_OK | constants.W_OK | constants.X_OK);
      await this.#sweepOnce();
    } catch (error) {
      throw this.#translated(error);
    }
  }

  async #create(key: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const target = this.#pathOf(key);
    try {
      await publish(await writeTemporary(this.#temporary, content), target);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  async #exists(key: string): Promise<boolean> {
    const file = await this.#openObject(key);
    await file?.close();
    return file !== undefined;
  }

  async #openObject(key: string): Promise<FileHandle | undefined> {
    const path = this.#pathOf(key);
    try {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const found = await file.stat();
      if (found.isFile()) return file;
      await file.close();
      return undefined;
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw this.#translated(error);
    }
  }

  #pathOf(key: string): string {
    return join(this.#objects, ...parseObjectKey(key));
  }

  /** Readiness is asked for after every start, which is the moment to clear up after the process before; once is enough. */
  async #sweepOnce(): Promise<void> {
    if (this.#swept) return;
    await sweepAbandoned(this.#temporary, new Date(this.#clock.now().getTime() - abandonedAfterMs));
    this.#swept = true;
  }

  #translated(error: unknown): unknown {
    if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error;
    return new AppError(
      'unavailable',
      'storage.unavailable',
      `The artifact folder ${this.#folder} cannot be used: ${messageOf(error)}.`,
      {
        next: 'Check that the folder exists, belongs to the user that runs the manager, and that its disk is neither full nor read-only.',
        cause: error,
      },
    );
  }
}

async function* once(content: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content);
}
