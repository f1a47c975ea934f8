import type { Database } from '@release-manager/postgres';
import { failedJobs } from '@release-manager/queue';

import { listed, type Finding } from './doctor-check.ts';

/** The release that has waited longest to be committed. */
export async function checkQueue(database: Database): Promise<Finding> {
  const [oldest] = await database
    .db<{ state: string; waits_for: string | null; queued_at: Date | null }>('releases')
    .where({ state: 'queued' })
    .orderBy('queue_seq')
    .limit(1)
    .select('waits_for', 'queued_at');
  if (oldest === undefined) return { status: 'ok', message: 'nothing waits to be committed' };
  const since = oldest.queued_at?.toISOString() ?? 'some time';
  if (oldest.waits_for === null) return { status: 'ok', message: `the oldest release waits since ${since}` };
  return { status: 'warning', message: `the oldest release waits since ${since} for ${oldest.waits_for}` };
}

/** Work that nobody will try again by itself. */
export async function checkFailedJobs(database: Database): Promise<Finding> {
  const jobs = await failedJobs(database.db, 100);
  if (jobs.length === 0) return { status: 'ok', message: 'none' };
  const reasons = [...new Set(jobs.map(({ job, error }) => `${job} (${error.message})`))];
  const next = jobs.find(({ error }) => error.next !== undefined)?.error.next;
  return {
    status: 'warning',
    message: `${jobs.length === 100 ? '100 or more' : jobs.length}, the last ${jobs[0]?.failedAt.toISOString() ?? ''}: ${listed(reasons)}`,
    next: next ?? 'the log of the worker says more at that time',
  };
}

/** A push takes seconds; its fate is settled by the next one, or as the manager starts. */
const pushDoubtMinutes = 5;

/** One lost answer, or two, is an accident of the network. */
const pushTries = 3;

/**
 * Pushes that were sent and of which nobody has found out yet whether they landed. A newer one on the same tip takes over the
 * older ones, so all that were ever made on it are counted.
 */
export async function checkPushAttempts(database: Database, now: Date): Promise<Finding> {
  const { rows } = await database.db.raw<{ rows: { tip: string; tries: number; since: Date }[] }>(
    `select open.tip, count(*)::integer as tries, min(every.created_at) as since
     from push_attempts open join push_attempts every on every.base is not distinct from open.base
     where open.state = 'recorded' and every.state <> 'landed'
     group by open.id, open.tip having min(every.created_at) < ? order by since limit 1`,
    [new Date(now.getTime() - pushDoubtMinutes * 60_000)],
  );
  const [oldest] = rows;
  if (oldest === undefined) return { status: 'ok', message: 'none is in doubt' };
  const { tip, tries, since } = oldest;
  const message = `whether ${tip.slice(0, 10)} reached the config repo is open since ${since.toISOString()}`;
  if (tries < pushTries) {
    const next =
      'see that a manager with ROLE=worker or all runs and reaches the config repo: it settles this by itself';
    return { status: 'warning', message, next };
  }
  return {
    status: 'failed',
    message: `${message}, after ${tries} pushes`,
    next: 'look at the remote, and at proxies and time-outs on the way to it: releases wait meanwhile',
  };
}

const soonDays = 14;

export async function checkTokens(database: Database, now: Date): Promise<Finding> {
  const soon = new Date(now.getTime() + soonDays * 86_400_000);
  const rows = await database
    .db<{ name: string; expires_at: Date; revoked_at: Date | null }>('tokens')
    .whereNull('revoked_at')
    .whereBetween('expires_at', [now, soon])
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
