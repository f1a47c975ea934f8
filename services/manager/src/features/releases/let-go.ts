import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import type { WaitJudgement } from './judge-waiting.ts';
import { ReleaseStore } from './release-store.ts';
import type { Release } from './release.ts';

export interface LetGoInput {
  readonly actor: Actor;
  readonly at: Date;
  /** Why they go out now, for the ledger. */
  readonly why: string;
}

/**
 * Carries out what was judged of releases that waited, as far as they still wait. What is queued is decided once more by the
 * writer.
 * @returns what was queued
 */
export async function letGo(
  tx: Db,
  judgements: readonly WaitJudgement[],
  { actor, at, why }: LetGoInput,
): Promise<readonly Release[]> {
  const store = new ReleaseStore(tx);
  const queued: Release[] = [];
  for (const { release, to, decision, supersededBy, why: whyNot } of judgements) {
    if (to === 'waiting') {
      await store.explainWait(release, decision, at);
      continue;
    }
    const change = { to, at, decision, ...(supersededBy === undefined ? {} : { supersededBy }) };
    if (!(await store.transition(release, change))) continue;
    if (to === 'queued') queued.push(release);
    await appendLedger(tx, {
      kind: `release.${to}`,
      actor,
      service: release.service,
      environment: release.environment,
      artifactId: release.artifactId,
      releaseId: release.id,
      from: 'waiting',
      to,
      cause: whyNot ?? why,
      at,
    });
  }
  await store.wakeWriter();
  return queued;
}
