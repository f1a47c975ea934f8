import { createHash } from 'node:crypto';

import { actorName, AppError, type Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { alreadyThere } from './already-there.ts';
import type { Outcome, ReleaseRequest } from './release-request.ts';
import { ReleaseStore } from './release-store.ts';
import type { Release } from './release.ts';

/** What makes a request one that came before: who asked, their key, and what they asked for. */
export interface RequestMark {
  readonly key: string;
  readonly hash: string;
}

/** A key belongs to whoever chose it: two callers with one key do not see each other's releases. */
export function markOf(actor: Actor, request: ReleaseRequest): RequestMark | undefined {
  if (request.idempotencyKey === undefined) return undefined;
  const { service, environments, what, reason } = request;
  const asked = JSON.stringify([service, environments.toSorted(), what, reason ?? null]);
  return {
    key: `${actor.kind}:${actorName(actor)}/${request.idempotencyKey}`,
    hash: createHash('sha256').update(asked).digest('hex'),
  };
}

/**
 * The answer to a request that was made before under the same key. Holds the key until the transaction ends, so that two
 * requests at the same time are one after the other.
 * @throws AppError conflict `release.key-reused` when something else was asked for under it
 */
export async function findRepeated(
  tx: Db,
  mark: RequestMark | undefined,
  request: ReleaseRequest,
): Promise<{ requestId: string; outcomes: Outcome[] } | undefined> {
  if (mark === undefined) return undefined;
  await tx.raw('select pg_advisory_xact_lock(hashtextextended(?, 2))', [mark.key]);
  const releases = await new ReleaseStore(tx).findByIdempotencyKey(mark.key);
  const [first] = releases;
  if (first === undefined) return undefined;
  if (first.requestHash !== mark.hash) {
    throw new AppError('conflict', 'release.key-reused', 'Something else was asked for under this idempotency key.', {
      next: 'use a new key for a new request',
      details: { request: first.requestId },
    });
  }
  const outcomes = request.environments.map((environment) =>
    outcomeOf(
      tx,
      request,
      environment,
      releases.find((release) => release.environment === environment),
    ),
  );
  return { requestId: first.requestId, outcomes: await Promise.all(outcomes) };
}

/** An environment without a record needed none, since what was asked for was there already. */
async function outcomeOf(
  tx: Db,
  { service }: ReleaseRequest,
  environment: string,
  release: Release | undefined,
): Promise<Outcome> {
  if (release === undefined) {
    const there = await alreadyThere(tx, { service, environment });
    return { environment, outcome: 'already-there', message: `nothing to do in ${environment}`, ...there };
  }
  const { state } = release;
  const outcome = state === 'denied' || state === 'waiting' ? state : 'accepted';
  return { environment, outcome, release, message: `asked for before under the same key, as ${release.id}` };
}
