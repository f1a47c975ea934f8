import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { RuleOpinion } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { ArtifactRecords, type Artifact } from '../artifacts/index.ts';
import { moveHead } from './automation-head.ts';
import { judgeWaiting } from './judge-waiting.ts';
import { letGo } from './let-go.ts';
import type { RecoveryGuard } from './recovery-guard.ts';
import { ReleaseStore } from './release-store.ts';
import type { Release } from './release.ts';
import { sourceRule, withSource } from './source-opinion.ts';
import { stopsOn, type Stops } from './stops.ts';
import { supersedeOlder } from './supersede-older.ts';

export interface SettleSourceDeps {
  readonly database: Database;
  readonly now: () => Date;
  readonly recovery?: Pick<RecoveryGuard, 'automationHold'> | undefined;
  readonly stops?: Pick<Stops, 'on'> | undefined;
}

/**
 * Lets go what automation holds back only until GitHub has said something: it goes out once, gives way to what is newer, goes on
 * waiting for something else, or is denied. Safe to run at any time and again.
 * @param artifactId of one artifact; of all when absent
 * @returns what was queued
 */
export async function settleSource(
  deps: SettleSourceDeps,
  snapshot: ConfigSnapshot,
  artifactId?: string,
): Promise<readonly Release[]> {
  const { database, recovery } = deps;
  const waiting = await new ReleaseStore(database.db).waitingFor(sourceRule);
  const queued: Release[] = [];
  for (const release of waiting) {
    if (artifactId !== undefined && release.artifactId !== artifactId) continue;
    await database.transaction(async (tx) => {
      // Before the lock of the target, as everybody who takes both does.
      const lost = await recovery?.automationHold(tx);
      queued.push(...(await settleOne(deps, tx, { release, snapshot, lost })));
    });
  }
  return queued;
}

function isOpen({ sourceProof }: Artifact): boolean {
  return sourceProof?.state === 'waiting' || sourceProof?.state === 'unasked';
}

interface SettleInput {
  readonly release: Release;
  readonly snapshot: ConfigSnapshot;
  readonly lost: RuleOpinion | undefined;
}

async function settleOne(deps: SettleSourceDeps, tx: Db, input: SettleInput): Promise<readonly Release[]> {
  const { release, snapshot, lost } = input;
  const { id, service, environment, artifactId, intent } = release;
  const store = new ReleaseStore(tx);
  await store.lockTarget(service, environment);
  const current = await store.find(id);
  const artifact = await new ArtifactRecords(tx).find(artifactId ?? '');
  if (current?.state !== 'waiting' || artifact === undefined || isOpen(artifact)) return [];
  const at = deps.now();
  const decision = withSource(current.decision, { snapshot, environment, artifact, intent, automatic: true });
  const against = await stopsOn(deps.stops, tx, { service, environment, artifactId, automatic: true }, at);
  const stops = lost === undefined ? against : [lost, ...against];
  const judged = await judgeWaiting(tx, [{ ...current, decision }], () => stops);
  const why = artifact.sourceProof?.says ?? 'GitHub is not asked any more';
  const queued = await letGo(tx, judged, { actor: { kind: 'manager' }, at, why });
  // Only what may go out takes the place of others: what GitHub refutes must not keep an older, good build back.
  if (judged.some(({ to }) => to === 'queued' || to === 'waiting')) {
    await moveHead(tx, artifact, environment, at);
    await supersedeOlder(tx, current, at);
  }
  return queued;
}
