import { createHash } from 'node:crypto';

import { defaultArchiveLimits } from '@release-manager/archive';
import { AppError, isPermanent, messageOf, type Actor } from '@release-manager/domain';
import type { JobHandler } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';

import { ArtifactRecords, takeIn, type TakeInDeps } from '../artifacts/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { parseIncomingKey, type IncomingName } from './incoming-key.ts';
import { ProblemStore } from './problem-store.ts';
import type { Problem } from './problem.ts';
import { readIncomingSpec } from './read-incoming.ts';
import { keyProblem, type Announced } from './read-notification.ts';
import { removeUnchanged } from './remove-unchanged.ts';
import { takeIncomingJob } from './take-incoming-job.ts';
import { isTrusted } from './trust.ts';

export interface TakeIncomingDeps extends TakeInDeps {
  readonly repo: Pick<ConfigRepo, 'snapshot' | 'readAt'>;
  readonly logger: Logger;
}

const actor: Actor = { kind: 'manager' };

/**
 * The handler of `takeIncomingJob`: what lies under the key now goes the way of an upload, whatever the message spoke of.
 * The bytes that were checked are the ones that are kept, and never what lies there a moment later. It may run any number of
 * times for one object, also at once, and die anywhere.
 */
export function createTakeIncoming(deps: TakeIncomingDeps): JobHandler<Announced> {
  return async (announced, { signal, attempt }) => {
    const { key } = announced;
    const name = parseIncomingKey(key);
    if (name === undefined) return record(deps, keyProblem(key));
    try {
      await take(deps, announced, name);
    } catch (error) {
      if (signal.aborted || attempt < takeIncomingJob.attempts || error instanceof AppError) throw error;
      deps.logger.error('an object of the bucket cannot be taken in', { key, error });
      const message = 'The manager could not take it in; the error is its own.';
      await record(deps, { code: 'incoming.failed', subject: key, message, next: 'see the log of the manager' });
      throw error;
    }
  };
}

async function take(deps: TakeIncomingDeps, announced: Announced, name: IncomingName): Promise<void> {
  const { key, size } = announced;
  const zip = await readObject(deps, key);
  if (zip === undefined) return recordGone(deps, key, name);
  if (zip === 'too-large') return refuseLarge(deps, key, name);
  const sha256 = createHash('sha256').update(zip).digest('hex');
  try {
    const spec = await readIncomingSpec(zip, name);
    const proven = isTrusted(deps.repo, name.service);
    await takeIn(deps, { spec, size: zip.length, sha256, zip, proven, actor });
    const isReplaced = size !== undefined && size !== zip.length;
    const cause = `${key} was taken in from the bucket${isReplaced ? '; it was replaced after it was announced' : ''}`;
    await append(deps, { kind: 'incoming.taken', name, cause, details: { key, sha256, size: zip.length, proven } });
  } catch (error) {
    if (!(error instanceof AppError) || !isPermanent(error)) throw error;
    await refuse(deps, key, name, error);
  }
  await removeUnchanged(deps, key, { size: zip.length, sha256 });
}

async function readObject({ store }: TakeIncomingDeps, key: string): Promise<Buffer | 'too-large' | undefined> {
  try {
    return await store.read(key, defaultArchiveLimits.zipBytes);
  } catch (error) {
    if (error instanceof AppError && error.code === 'storage.not-found') return undefined;
    if (error instanceof AppError && error.code === 'storage.too-large') return 'too-large';
    throw error;
  }
}

/** Said twice, or swept and said: then it was taken in, and removed. Otherwise somebody took it away before it was read. */
async function recordGone(deps: TakeIncomingDeps, key: string, name: IncomingName): Promise<void> {
  const artifact = await new ArtifactRecords(deps.database.db).find(name.id);
  if (artifact !== undefined && artifact.service === name.service && artifact.state !== 'pending') return;
  const message = 'It was announced, and is not there any more.';
  const problem = { code: 'incoming.gone', subject: key, message, next: 'upload it again' };
  // A message that comes again and again is counted, and does not fill the ledger.
  if (!(await new ProblemStore(deps.database.db).record(problem, deps.now()))) return;
  await append(deps, {
    kind: 'incoming.gone',
    name,
    cause: `${key} was announced by the bucket and is gone`,
    details: { key },
  });
}

async function refuseLarge(deps: TakeIncomingDeps, key: string, name: IncomingName): Promise<void> {
  const most = defaultArchiveLimits.zipBytes;
  const message = `It is larger than the ${most} bytes that are taken.`;
  await refuse(deps, key, name, new AppError('invalid', 'artifact.too-large', message));
  const found = await deps.store.head(key);
  if (found !== undefined && found.size > most) await deps.store.remove(key);
}

/** Where nobody waits for an answer, the answer is kept where it can be looked up. */
async function refuse(deps: TakeIncomingDeps, key: string, name: IncomingName, error: AppError): Promise<void> {
  const { code, next } = error;
  const message = messageOf(error);
  await record(deps, { code, subject: key, message, next });
  await append(deps, {
    kind: 'incoming.refused',
    name,
    cause: `${key} was refused: ${message}`,
    details: { key, code },
  });
}

async function record({ database, logger, now }: TakeIncomingDeps, problem: Problem): Promise<void> {
  logger.warn('an object of the bucket was refused', { problem });
  await new ProblemStore(database.db).record(problem, now());
}

interface Entry {
  readonly kind: string;
  readonly name: IncomingName;
  readonly cause: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function append({ database, now }: TakeIncomingDeps, { kind, name, cause, details }: Entry): Promise<void> {
  const { service, id: artifactId } = name;
  await database.transaction((tx) => appendLedger(tx, { kind, actor, service, artifactId, cause, details, at: now() }));
}
