import type { Github } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';

import type { Finding } from './doctor-check.ts';

/** Below this share of the limit something else may use it up before the hour ends. */
const lowShare = 0.1;
/** A JWT of an App counts for ten minutes; GitHub forgives about one. */
const mostClockSeconds = 30;

/** Whether the manager can speak to GitHub, and for how long still. Throws the errors of the port. */
export async function checkGithub(github: Github): Promise<Finding> {
  const { as, permissions, rate, clockSeconds } = await github.checkAccess();
  if (permissions !== undefined && permissions['scopes'] === undefined && permissions['contents'] === undefined) {
    return {
      status: 'failed',
      message: `${as} may not read the contents of repositories`,
      next: 'give the App the permission Contents: read, and accept it in each installation',
    };
  }
  if (clockSeconds !== undefined && Math.abs(clockSeconds) > mostClockSeconds) {
    return {
      status: 'warning',
      message: `the clock of GitHub and ours are ${Math.abs(clockSeconds)} s apart`,
      next: 'let the machine follow a time server: an App whose clock is wrong is refused',
    };
  }
  if (rate !== undefined && rate.remaining < rate.limit * lowShare) {
    return {
      status: 'warning',
      message: `${rate.remaining} of ${rate.limit} requests are left until ${rate.resetAt.toISOString()}`,
      next: 'see who else uses this token, or give the manager a GitHub App, which has limits of its own',
    };
  }
  const left = rate === undefined ? '' : `, ${rate.remaining} of ${rate.limit} requests left`;
  return { status: 'ok', message: `${as} counts${left}` };
}

const longMs = 15 * 60 * 1000;

/** Artifacts that count nowhere protected, since GitHub has not said anything of them for long. */
export async function checkSources({ db }: Database, now: Date): Promise<Finding> {
  const row = await db('artifacts')
    .whereRaw("source_proof->>'state' = 'waiting'")
    .where('registered_at', '<', new Date(now.getTime() - longMs))
    .select(db.raw("count(*)::int as count, max(source_proof->>'says') as says"))
    .first<{ count: number; says: string | null } | undefined>();
  const count = row?.count ?? 0;
  if (count === 0) return { status: 'ok', message: 'GitHub said of each what it knows' };
  return {
    status: 'warning',
    message: `${count} artifacts wait to be proven for more than 15 minutes; of one: ${row?.says ?? ''}`,
    next: 'they are asked for again by themselves; see the check `github`',
  };
}
