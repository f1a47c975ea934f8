import { resolve } from 'node:path';

import { AppError } from '@release-manager/domain';

import { PackCommitWriter } from './commit-writer.ts';
import { firstWords, gitFailure } from './git-error.ts';
import { DamagedMirror, GitRunner, promisor } from './git-runner.ts';
import { History } from './history.ts';
import { MirrorFolder } from './mirror-folder.ts';
import { Mutex } from './mutex.ts';
import { ObjectStore } from './object-store.ts';
import { isOid, parseOid, type ObjectType, type Oid } from './oid.ts';
import { readPushReport, remoteWords } from './push-report.ts';
import { assertBranch, assertRemoteUrl } from './remote-address.ts';
import { createTreeReader } from './tree-reader.ts';
import type { CommitInfo, CommitWriter, Mirror, MirrorOptions, PushOutcome, TreeReader } from './types.ts';

const defaultTimeoutSeconds = 60;
const defaultFileBytes = 10 * 1024 * 1024;
const defaultDeepen = 1000;
/** Every read looks through the packs until it finds its object. */
const tooManyPacks = 40;

const fetchArgs = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--filter=blob:none',
] as const;

const pushArgs = ['push', '--porcelain', '--no-verify', '--no-progress', '--no-signed'] as const;

/** A mirror of one branch. Nothing happens before the first call. @throws AppError invalid `git.bad-url`, `git.bad-branch`. */
export function createMirror(options: MirrorOptions): Mirror {
  assertRemoteUrl(options.url, options.allowFile === true);
  assertBranch(options.branch);
  return new RemoteMirror(options);
}

class RemoteMirror implements Mirror {
  readonly #options: MirrorOptions;
  readonly #folder: MirrorFolder;
  readonly #runner: GitRunner;
  readonly #store: ObjectStore;
  readonly #history: History;
  /** Everything that changes the folder goes through here; a lock file that is found inside belongs to nobody. */
  readonly #changes = new Mutex();
  #opened = false;
  /** Counts replaced folders, so that two who find the same damage mend it once. */
  #generation = 0;
  /** What the tracking ref of the folder says. */
  #held: Oid | undefined;
  #tip: Oid | undefined;
  /** Packs that the remote may not have yet: written again when the folder vanishes before they are pushed. */
  #unpushed: { readonly writer: CommitWriter; readonly packs: (readonly Buffer[])[] } | undefined;

  constructor(options: MirrorOptions) {
    this.#options = options;
    const folder = resolve(options.folder);
    this.#folder = new MirrorFolder({ folder, url: options.url, branch: options.branch });
    this.#runner = new GitRunner(this.#folder, {
      url: options.url,
      credentials: options.credentials,
      timeoutSeconds: options.timeoutSeconds ?? defaultTimeoutSeconds,
      allowFile: options.allowFile === true,
      ends: endsOf(options.stopping),
    });
    this.#store = new ObjectStore({
      folder,
      maxFileBytes: options.maxFileBytes ?? defaultFileBytes,
      supply: {
        fetchObjects: (oids, type) => this.#fetchObjects(oids, type),
        replaceFiles: () => this.#changes.run(() => this.#replaceFolder(this.#generation)),
        sizes: (oids) => this.#sizes(oids),
      },
    });
    this.#history = new History({
      runner: this.#runner,
      folder: this.#folder,
      deepen: (commits) => this.#deepen(commits),
    });
  }

  tip(): Oid | undefined {
    return this.#tip;
  }

  tree(commit: Oid): TreeReader {
    let root: Oid | undefined;
    return createTreeReader({
      root: async () => (root ??= await this.#store.rootTree(commit)),
      tree: (oid) => this.#store.tree(oid),
      blobs: (oids, options) => this.#store.blobs(oids, options),
      sizes: (oids) => this.#store.sizes(oids),
    });
  }

  async fetch(): Promise<Oid | undefined> {
    return this.#exclusive(async () => {
      const remote = await this.#remoteTip();
      if (remote !== undefined && remote !== this.#held) await this.#fetchBranch();
      this.#tip = remote === undefined ? undefined : this.#held;
      if (this.#tip !== undefined && !(await this.#store.isReadable(this.#tip))) {
        throw new DamagedMirror(`the tip ${this.#tip} cannot be read`);
      }
      return this.#tip;
    });
  }

  commitsBetween(from: Oid | undefined, to: Oid): Promise<readonly CommitInfo[]> {
    return this.#reading(() => this.#history.commitsBetween(from, to));
  }

  async isAncestor(ancestor: Oid, of: Oid): Promise<boolean> {
    return this.#reading(() => this.#history.isAncestor(ancestor, of));
  }

  async log(options: { path?: string; limit: number; from?: Oid }): Promise<readonly CommitInfo[]> {
    const from = options.from ?? this.#tip;
    return from === undefined ? [] : this.#reading(() => this.#history.log({ ...options, from }));
  }

  writer(base: Oid | undefined): CommitWriter {
    const writer: CommitWriter = new PackCommitWriter({
      store: this.#store,
      base,
      sign: this.#options.sign,
      writePack: (chunks) => this.#exclusive(() => this.#keepPack(writer, chunks)),
    });
    return writer;
  }

  async push(expected: Oid | undefined, tip: Oid): Promise<PushOutcome> {
    try {
      return await this.#changes.run(async () => {
        await this.#ready();
        return this.#pushOnce(expected, tip);
      });
    } catch (error) {
      if (!(error instanceof DamagedMirror)) throw error;
      // It may have broken after the remote had everything. The next call replaces the folder.
      await this.#changes.run(() => this.#folder.discard());
      return 'unknown';
    }
  }

  deepen(commits: number = defaultDeepen): Promise<boolean> {
    return this.#deepen(commits);
  }

  async maintain(): Promise<void> {
    await this.#exclusive(async () => {
      if ((await this.#folder.packCount()) < tooManyPacks) return;
      // What nothing refers to is kept: it may be a commit that is about to be pushed.
      const args = ['repack', '-a', '-d', '--keep-unreachable', '--quiet'];
      await this.#runner.run({ action: 'repack', args, settings: promisor });
      this.#store.reset();
    });
  }

  async #pushOnce(expected: Oid | undefined, tip: Oid): Promise<PushOutcome> {
    const ref = `refs/heads/${this.#options.branch}`;
    const result = await this.#runner.attempt({
      action: 'push',
      remote: true,
      args: [...pushArgs, `--force-with-lease=${ref}:${expected ?? ''}`, '--end-of-options', 'origin', `${tip}:${ref}`],
    });
    const report = readPushReport({ ...result, stdout: result.stdout.toString('utf8') }, ref);
    switch (report.kind) {
      case 'landed':
        this.#tip = tip;
        this.#held = tip;
        this.#unpushed = undefined;
        return 'landed';
      case 'raced':
        this.#unpushed = undefined;
        return 'rejected';
      case 'unknown':
        return 'unknown';
      case 'not-sent':
        throw gitFailure('push', result, this.#runner.mask);
      case 'refused':
        throw this.#refused(report.reason, result.stderr);
      case 'failed':
        throw this.#remoteFailed(report.reason, result.stderr);
    }
  }

  #refused(reason: string, stderr: string): AppError {
    const said = this.#runner.mask(remoteWords(stderr));
    const words = said === '' ? reason : `${reason}: ${said}`;
    const message = `The git remote refused the push to ${this.#options.branch}: ${words}`;
    return new AppError('denied', 'git.push-refused', message, {
      next: 'Let the release manager push to this branch: exempt it from branch protection, rules and hooks of the remote.',
      details: { reason, said },
    });
  }

  #remoteFailed(reason: string, stderr: string): AppError {
    const said = this.#runner.mask(firstWords(stderr));
    const message = `The git remote could not store the push (${reason}): ${said}`;
    return new AppError('unavailable', 'git.remote-failed', message, {
      next: 'Look at the remote: its disk may be full or its repository damaged. The push is tried again.',
      details: { reason },
    });
  }

  async #remoteTip(): Promise<Oid | undefined> {
    const ref = `refs/heads/${this.#options.branch}`;
    const args = ['ls-remote', '--refs', '--quiet', '--end-of-options', 'origin', ref];
    const output = (await this.#runner.run({ action: 'ls-remote', args, remote: true })).toString('utf8');
    // The pattern also matches the end of longer names, such as refs/heads/other/refs/heads/main.
    const line = output.split('\n').find((text) => text.endsWith(`\t${ref}`));
    return line === undefined ? undefined : parseOid(line.slice(0, 40));
  }

  async #fetchBranch(): Promise<void> {
    const depth = this.#held === undefined ? ['--depth=1'] : [];
    const args = [...fetchArgs, ...depth, '--end-of-options', 'origin', this.#folder.refspec];
    await this.#runner.run({ action: 'fetch', args, remote: true, settings: promisor });
    this.#held = await this.#trackedTip();
  }

  async #trackedTip(): Promise<Oid | undefined> {
    const args = ['for-each-ref', '--format=%(objectname)', this.#folder.trackingRef];
    const text = (await this.#runner.run({ action: 'for-each-ref', args })).toString('latin1').trim();
    return isOid(text) ? text : undefined;
  }

  /** What an earlier process left; a folder that it left broken is thrown away. */
  async #trackedTipOfOld(): Promise<Oid | undefined> {
    try {
      return await this.#trackedTip();
    } catch (error) {
      if (!(error instanceof DamagedMirror)) throw error;
      await this.#folder.discard();
      return undefined;
    }
  }

  async #deepen(commits: number | 'all'): Promise<boolean> {
    return this.#exclusive(async () => {
      const isComplete = async () => (await this.#folder.shallowBoundary()).size === 0;
      if (await isComplete()) return true;
      const depth = commits === 'all' ? '--unshallow' : `--deepen=${commits}`;
      const args = [...fetchArgs, depth, '--end-of-options', 'origin', this.#folder.refspec];
      await this.#runner.run({ action: 'fetch', args, remote: true, settings: promisor });
      this.#held = await this.#trackedTip();
      return isComplete();
    });
  }

  async #fetchObjects(oids: readonly Oid[], type: ObjectType): Promise<void> {
    await this.#exclusive(async () => {
      // Without "noop" git would tell the remote which commits it has, and the remote would leave out what they contain.
      const settings = [...promisor, ['fetch.negotiationAlgorithm', 'noop'] as const];
      const depth = type === 'commit' ? ['--depth=1'] : [];
      const args = [...fetchArgs, ...depth, '--stdin', '--end-of-options', 'origin'];
      const input = Buffer.from(`${oids.join('\n')}\n`);
      await this.#runner.run({ action: 'fetch', args, remote: true, settings, input });
    });
  }

  async #sizes(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>> {
    const output = await this.#reading(() =>
      this.#runner.run({
        action: 'cat-file',
        args: ['cat-file', '--batch-check=%(objectname) %(objectsize)'],
        input: Buffer.from(`${oids.join('\n')}\n`),
      }),
    );
    const sizes = new Map<Oid, number>();
    for (const line of output.toString('latin1').split('\n')) {
      const [oid = '', size = ''] = line.split(' ');
      if (isOid(oid) && /^\d+$/.test(size)) sizes.set(oid, Number(size));
    }
    return sizes;
  }

  async #keepPack(writer: CommitWriter, chunks: readonly Buffer[]): Promise<void> {
    await this.#writePack(chunks);
    if (this.#unpushed?.writer !== writer) this.#unpushed = { writer, packs: [] };
    this.#unpushed.packs.push(chunks);
  }

  async #writePack(chunks: readonly Buffer[]): Promise<void> {
    await this.#runner.run({ action: 'index-pack', args: ['index-pack', '--stdin'], input: chunks });
  }

  /** For work that changes the folder; one at a time. A damaged folder is replaced and the work done again. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#changes.run(async () => {
      try {
        await this.#ready();
        return await this.#mending(work, (generation) => this.#replaceFolder(generation));
      } catch (error) {
        // Half a pack of a full disk or of a fetch that was stopped would stay, and the next one beside it.
        await this.#folder.clean().catch(() => undefined);
        throw error;
      }
    });
  }

  /** For work that only reads the folder, beside others. */
  async #reading<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#opened || !(await this.#folder.isPresent())) await this.#changes.run(() => this.#ready());
    return this.#mending(work, (generation) => this.#changes.run(() => this.#replaceFolder(generation)));
  }

  async #mending<T>(work: () => Promise<T>, mend: (generation: number) => Promise<void>): Promise<T> {
    const generation = this.#generation;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DamagedMirror)) throw error;
    }
    try {
      await mend(generation);
      return await work();
    } catch (error) {
      throw error instanceof DamagedMirror ? stillDamaged(error) : error;
    }
  }

  async #ready(): Promise<void> {
    if (!this.#opened) {
      await this.#folder.clean();
      this.#opened = true;
      this.#held = (await this.#folder.isPresent()) ? await this.#trackedTipOfOld() : undefined;
      this.#tip ??= this.#held;
    }
    if (!(await this.#folder.isPresent())) await this.#replaceFolder(this.#generation);
  }

  async #replaceFolder(generation: number): Promise<void> {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    await this.#folder.replace();
    this.#store.reset();
    this.#held = undefined;
    for (const pack of this.#unpushed?.packs ?? []) await this.#writePack(pack);
    if ((await this.#remoteTip()) !== undefined) await this.#fetchBranch();
  }
}

const defaultStopSeconds = 2;
const morePushSeconds = 3;

function endsOf(stopping: MirrorOptions['stopping']): { others: AbortSignal; push: AbortSignal } | undefined {
  if (stopping === undefined) return undefined;
  const { signal, seconds = defaultStopSeconds } = stopping;
  return { others: later(signal, seconds), push: later(signal, seconds + morePushSeconds) };
}

/** Fires some time after the other. */
function later(signal: AbortSignal, seconds: number): AbortSignal {
  const controller = new AbortController();
  const begin = (): void => void setTimeout(() => controller.abort(), seconds * 1000).unref();
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return controller.signal;
}

function stillDamaged(error: DamagedMirror): AppError {
  return new AppError('unavailable', 'git.mirror-damaged', `${error.message}. A fresh clone did not mend it.`, {
    next: 'Check the disk that holds the mirror, and the repository at the remote with "git fsck".',
    cause: error,
  });
}
