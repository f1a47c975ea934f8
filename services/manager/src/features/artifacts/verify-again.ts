import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { defaultArchiveLimits } from '@release-manager/archive';
import { AppError } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { ArtifactStore } from '@release-manager/storage';

import { FolderStore, type ConfigRepo } from '../config-repo/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { ServiceRecords, ServiceStore } from '../services/index.ts';
import { artifactReadyJob } from './artifact-jobs.ts';
import { ArtifactTable } from './artifact-table.ts';
import { artifactKey, type Artifact, type EnvironmentContent } from './artifact.ts';
import { legibleVerdict } from './legible.ts';
import { ownersIn, serviceChanged, type Verdict } from './verdict.ts';
import { verifyArtifact } from './verify-artifact.ts';

export interface VerifyAgainDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly store: ArtifactStore;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly now: () => Date;
}

type Environments = Artifact['environments'];

/**
 * Judges by the rules of now what was rejected of an artifact that is ready for other environments, which stay as they are. The
 * bytes that are kept are judged, never new ones: an id is short enough to be forged, and what was verified must not change.
 * Whoever dies in the middle has changed nothing.
 * @returns the artifact as it is now
 * @throws AppError unavailable when the store or the database does not answer, or the service changed meanwhile: try again
 */
export async function verifyAgain(deps: VerifyAgainDeps, artifact: Artifact): Promise<Artifact> {
  const names = rejectedIn(artifact.environments);
  if (artifact.state !== 'ready' || names.length === 0) return artifact;
  const { database, store, repo } = deps;
  const service = await new ServiceRecords(database.db).find(artifact.service);
  if (service === undefined) return artifact;
  const zip = await store.read(artifactKey(artifact), defaultArchiveLimits.zipBytes);
  const verdict = await verifyArtifact({
    artifact,
    zip,
    service,
    snapshot: repo.snapshot(),
    ownerOf: ownersIn(new FolderStore(database.db)),
    breathe: () => nextTurn(),
    only: new Set(names),
  });
  // The artifact as a whole was judged before: what is wrong with it now is wrong with what is kept.
  if (verdict.problems.length > 0) return artifact;
  return database.transaction(async (tx) => {
    const current = await new ServiceStore(tx).lock(artifact.service);
    if (!isDeepStrictEqual(current?.namespaces, service.namespaces)) throw serviceChanged(artifact.service);
    return record(tx, deps, artifact, legibleVerdict(verdict));
  });
}

async function record(
  tx: Db,
  { queue, now }: Pick<VerifyAgainDeps, 'queue' | 'now'>,
  { id }: Artifact,
  verdict: Verdict,
): Promise<Artifact> {
  const table = new ArtifactTable(tx);
  const current = await table.lock(id);
  if (current === undefined) throw gone(id);
  const at = now();
  const environments = merged(current.environments, verdict.environments, at);
  // Nothing new, or somebody else was faster.
  if (current.state !== 'ready' || isDeepStrictEqual(environments, current.environments)) return current;
  const added = rejectedIn(current.environments).filter((name) => environments[name]?.state === 'ready');
  await table.markVerified(id, { state: 'ready', environments, problems: [] }, at);
  await appendLedger(tx, {
    kind: 'artifact.ready',
    actor: { kind: 'manager' },
    service: current.service,
    artifactId: id,
    from: 'ready',
    to: 'ready',
    cause: `${id} was verified again: ${outcome(environments, added)}`,
    details: {
      branch: current.branch,
      environments: Object.fromEntries(Object.entries(environments).map(([name, { state }]) => [name, state])),
      problems: [],
    },
    at,
  });
  if (added.length > 0) await queue.enqueue(tx, artifactReadyJob, { artifactId: id }, { key: id });
  return { ...current, environments, verifiedAt: at };
}

/** What was ready stays what it is, whatever the rules of now would say of it. */
function merged(before: Environments, judged: Environments, at: Date): Environments {
  return Object.fromEntries(
    Object.entries(before).map(([name, content]): [string, EnvironmentContent] => {
      const again = content.state === 'rejected' ? judged[name] : undefined;
      if (again === undefined) return [name, content];
      return [name, again.state === 'ready' ? { ...again, readySince: at.toISOString() } : again];
    }),
  );
}

function rejectedIn(environments: Environments): string[] {
  return Object.entries(environments).flatMap(([name, { state }]) => (state === 'rejected' ? [name] : []));
}

function outcome(environments: Environments, added: readonly string[]): string {
  const still = rejectedIn(environments);
  const first = still.map((name) => environments[name]?.problems[0]?.message).find((message) => message !== undefined);
  const rejection = `still rejected in ${still.join(', ')}${first === undefined ? '' : `: ${first}`}`;
  const readiness = `ready in ${added.join(', ')} too`;
  if (added.length === 0) return rejection;
  return still.length === 0 ? readiness : `${readiness}, ${rejection}`;
}

function gone(id: string): AppError {
  return new AppError('unavailable', 'artifact.gone', `${id} was removed while it was verified again.`, {
    next: 'push it again',
  });
}
