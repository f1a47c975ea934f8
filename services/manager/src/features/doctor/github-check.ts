import type { Github, GithubAccess } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';

import type { Finding } from './doctor-check.ts';

/** Below this share of the limit something else may use it up before the hour ends. */
const lowShare = 0.1;
/** A JWT of an App counts for ten minutes; GitHub forgives about one. */
const mostClockSeconds = 30;

/** What an App needs beside `contents`, and what is missing without it. */
const wanted: readonly (readonly [string, string, string])[] = [
  ['pull_requests', 'Pull requests: write', 'no comments and labels on pull requests'],
  ['deployments', 'Deployments: write', 'no deployments'],
  ['checks', 'Checks: write', 'no check “release plan”'],
];

/** Whether the manager can speak to GitHub, for how long still, and what it may say there. Throws the errors of the port. */
export async function checkGithub(github: Pick<Github, 'checkAccess'>): Promise<Finding> {
  const access = await github.checkAccess();
  const { as, permissions, rate, clockSeconds } = access;
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
  const missing = missingOf(access);
  if (missing.length > 0) {
    return {
      status: 'warning',
      message: `${as} counts, but may not do everything: ${missing.map(([, , effect]) => effect).join(', ')}`,
      next: `give the App ${missing.map(([, name]) => name).join(', ')}, and accept it in each installation`,
    };
  }
  const left = rate === undefined ? '' : `, ${rate.remaining} of ${rate.limit} requests left`;
  return { status: 'ok', message: `${as} counts${left}${access.isApp ? '' : tokenRemark}` };
}

const tokenRemark =
  '; the check “release plan” is a commit status, since a token may make no check runs, and GitHub does not say what a token may';

function missingOf({ isApp, permissions }: GithubAccess): typeof wanted {
  return isApp ? wanted.filter(([name]) => permissions?.[name] !== 'write') : [];
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
