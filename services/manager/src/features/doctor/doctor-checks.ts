import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { DoctorCheck } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';

import type { ConfigRepo } from '../config-repo/index.ts';

export interface DoctorDeps {
  readonly database: Database;
  readonly databaseDescription: string;
  readonly store: ArtifactStore;
  readonly repo: ConfigRepo;
  readonly repoDescription: string;
  readonly now: () => Date;
  /** What other rooms have to say. */
  readonly more: () => Promise<readonly DoctorCheck[]>;
}

/** Everything that the manager stands on, looked at now. */
export async function runChecks(deps: DoctorDeps): Promise<DoctorCheck[]> {
  const groups = await Promise.all([
    one('database', () => checkDatabase(deps)),
    one('artifact store', () => checkStore(deps)),
    checkConfigRepo(deps),
    one('queue', () => checkQueue(deps)),
    one('tokens', () => checkTokens(deps)),
    deps.more().catch((error: unknown) => [failed('incoming', error)]),
  ]);
  return groups.flat();
}

/** A check that throws has failed, with the words of the error. */
async function one(name: string, check: () => Promise<Omit<DoctorCheck, 'name'>>): Promise<DoctorCheck[]> {
  try {
    return [{ name, ...(await check()) }];
  } catch (error) {
    return [failed(name, error)];
  }
}

function failed(name: string, error: unknown): DoctorCheck {
  const next = error instanceof AppError ? error.next : undefined;
  return { name, status: 'failed', message: messageOf(error), ...(next === undefined ? {} : { next }) };
}

async function checkDatabase({ database, databaseDescription, now }: DoctorDeps): Promise<Omit<DoctorCheck, 'name'>> {
  const { rows } = await database.db.raw<{ rows: { now: Date; version: string }[] }>(
    "select clock_timestamp() as now, current_setting('server_version') as version",
  );
  const [row] = rows;
  const skew = row === undefined ? 0 : Math.abs(row.now.getTime() - now().getTime()) / 1000;
  const place = `Postgres ${row?.version ?? ''}, ${databaseDescription}`;
  if (skew <= 5) return { status: 'ok', message: place };
  return {
    status: 'warning',
    message: `${place}; its clock differs from ours by ${skew.toFixed(0)} s`,
    next: 'switch on time synchronisation on both machines',
  };
}

async function checkStore({ store }: DoctorDeps): Promise<Omit<DoctorCheck, 'name'>> {
  await store.check();
  return { status: 'ok', message: store.description };
}

async function checkConfigRepo({ repo, repoDescription }: DoctorDeps): Promise<DoctorCheck[]> {
  const name = 'config repo';
  try {
    const snapshot = await repo.refresh();
    const state: DoctorCheck = snapshot.initialised
      ? { name, status: 'ok', message: `${repoDescription}, at ${snapshot.commit.slice(0, 10)}` }
      : {
          name,
          status: 'failed',
          message: `${repoDescription} holds no release-manager.yaml`,
          next: 'run `release-cli init`',
        };
    return [state, ...problemChecks(snapshot), ...environmentChecks(snapshot)];
  } catch (error) {
    return [failed(name, error)];
  }
}

function problemChecks(snapshot: ConfigSnapshot): DoctorCheck[] {
  return snapshot.problems.map(({ file, line, message, next, scope }) => ({
    name: `${file}:${line}`,
    status: scope.kind === 'nothing' ? 'warning' : 'failed',
    message,
    ...(next === undefined ? {} : { next }),
  }));
}

function environmentChecks(snapshot: ConfigSnapshot): DoctorCheck[] {
  const names = snapshot.environments.map(({ name, protected: isProtected, flux }) => {
    const marks = [flux.layout, ...(isProtected ? ['protected'] : [])];
    return `${name} (${marks.join(', ')})`;
  });
  return snapshot.initialised
    ? [
        names.length > 0
          ? { name: 'environments', status: 'ok', message: names.join(', ') }
          : {
              name: 'environments',
              status: 'warning',
              message: 'none is declared',
              next: 'add one to release-manager.yaml',
            },
      ]
    : [];
}

async function checkQueue({ database }: DoctorDeps): Promise<Omit<DoctorCheck, 'name'>> {
  const rows = await database
    .db<{ state: string; waits_for: string | null; queued_at: Date | null }>('releases')
    .where({ state: 'queued' })
    .orderBy('queue_seq')
    .limit(1)
    .select('waits_for', 'queued_at');
  const [oldest] = rows;
  if (oldest === undefined) return { status: 'ok', message: 'nothing waits to be committed' };
  const since = oldest.queued_at?.toISOString() ?? 'some time';
  const why = oldest.waits_for ?? 'its turn';
  return oldest.waits_for === null
    ? { status: 'ok', message: `the oldest release waits since ${since}` }
    : { status: 'warning', message: `the oldest release waits since ${since} for ${why}` };
}

const soonDays = 14;

async function checkTokens({ database, now }: DoctorDeps): Promise<Omit<DoctorCheck, 'name'>> {
  const soon = new Date(now().getTime() + soonDays * 86_400_000);
  const rows = await database
    .db<{ name: string; expires_at: Date; revoked_at: Date | null }>('tokens')
    .whereNull('revoked_at')
    .whereBetween('expires_at', [now(), soon])
    .orderBy('expires_at')
    .limit(20)
    .select('name', 'expires_at');
  if (rows.length === 0) return { status: 'ok', message: `none expires within ${soonDays} days` };
  const list = rows.map(({ name, expires_at: at }) => `${JSON.stringify(name)} on ${at.toISOString().slice(0, 10)}`);
  return {
    status: 'warning',
    message: `these expire soon: ${list.join(', ')}`,
    next: 'make new ones with `release-cli token create`',
  };
}
