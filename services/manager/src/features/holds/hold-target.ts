import { actorName } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore, supersede, waitsForStopsOnly, withStops, type Release } from '../releases/index.ts';
import { HoldStore, type NewHold } from './hold-store.ts';
import type { Hold } from './hold.ts';
import { StateFileStore } from './state-file-store.ts';
import { holdOpinion, minute } from './stop-words.ts';

/** What a hold did. */
export interface HoldOutcome {
  readonly hold: Hold;
  /** The one that counted before. */
  readonly replaced: Hold | undefined;
  /** The automatic release that waits now. */
  readonly waiting: Release | undefined;
  /** Automatic releases that were being pushed at that moment: they may reach the config repo, or wait like any other. */
  readonly onTheirWay: readonly Release[];
}

/**
 * Pauses automation for one target. From the transaction that commits this on nothing automatic is sent there: what was queued
 * waits (the newest) or is superseded, and what comes later waits. Takes the lock of the target, before rows of releases.
 */
export async function holdTarget(tx: Db, input: NewHold): Promise<HoldOutcome> {
  const { service, environment, at } = input;
  const releases = new ReleaseStore(tx);
  await releases.lockTarget(service, environment);
  const { free, pushed } = await releases.pendingLocked({ service, environment, automatic: true });
  const store = new HoldStore(tx);
  const replaced = await store.of(input, at);
  const hold = await store.set(input);
  await appendLedger(tx, {
    kind: 'hold.set',
    actor: input.actor,
    service,
    environment,
    releaseId: input.releaseId,
    cause: `${actorName(input.actor)} held ${environment}${input.until === undefined ? '' : ` until ${minute(input.until)}`}: ${input.reason}`,
    details: {
      hold: hold.id,
      reason: input.reason,
      ...(input.until === undefined ? {} : { until: input.until.toISOString() }),
      ...(replaced === undefined ? {} : { replaced: replaced.id }),
    },
    at,
  });
  await new StateFileStore(tx).changed([{ service, environment, actor: input.actor, reason: input.reason }], at);
  const waiting = await park(tx, free, hold, at);
  await releases.wakeWriter();
  return { hold, replaced, waiting, onTheirWay: pushed };
}

/** The newest of them waits, the older ones give way to it. */
async function park(tx: Db, free: readonly Release[], hold: Hold, at: Date): Promise<Release | undefined> {
  const ready = free.filter(({ decision }) => waitsForStopsOnly(decision));
  const newest = ready.at(-1);
  if (newest === undefined) return undefined;
  for (const older of ready.slice(0, -1)) await supersede(tx, older, { by: newest, actor: hold.actor, at });
  if (newest.state === 'waiting') return newest;
  const opinion = holdOpinion(hold, true);
  const decision = withStops(newest.decision, [opinion]);
  await new ReleaseStore(tx).transition(newest, { to: 'waiting', at, decision });
  await appendLedger(tx, {
    kind: 'release.waiting',
    actor: hold.actor,
    service: newest.service,
    environment: newest.environment,
    artifactId: newest.artifactId,
    releaseId: newest.id,
    from: newest.state,
    to: 'waiting',
    cause: opinion.explanation,
    at,
  });
  return { ...newest, state: 'waiting', decision };
}
