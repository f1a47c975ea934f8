import type { Octokit } from '@octokit/rest';

import { requestOf, type GithubClients } from './github-clients.ts';
import { failureOf } from './github-errors.ts';
import type { GithubAccess } from './github.ts';

/** Asks GitHub who we are, which costs nothing of the limit. Throws Octokit's errors. */
export async function askAccess(
  { own, isApp }: GithubClients,
  now: () => Date,
  signal?: AbortSignal,
): Promise<GithubAccess> {
  return isApp ? askApp(own, now, signal) : askToken(own, now, signal);
}

async function askApp(client: Octokit, now: () => Date, signal?: AbortSignal): Promise<GithubAccess> {
  const { data, headers } = await client.rest.apps.getAuthenticated({ ...requestOf(signal) });
  const granted = Object.entries(data?.permissions ?? {});
  return {
    as: `the App ${data?.name ?? ''}`.trimEnd(),
    isApp: true,
    permissions: Object.fromEntries(
      granted.flatMap(([name, level]) => (typeof level === 'string' ? [[name, level]] : [])),
    ),
    rate: undefined,
    clockSeconds: clockOf(headers.date, now()),
  };
}

async function askToken(client: Octokit, now: () => Date, signal?: AbortSignal): Promise<GithubAccess> {
  try {
    const { data, headers } = await client.rest.rateLimit.get({ ...requestOf(signal) });
    const { remaining, limit, reset } = data.resources.core;
    const scopes = headers['x-oauth-scopes'];
    return {
      as: 'a token',
      isApp: false,
      permissions: typeof scopes === 'string' && scopes !== '' ? { scopes } : undefined,
      rate: { remaining, limit, resetAt: new Date(reset * 1000) },
      clockSeconds: clockOf(headers.date, now()),
    };
  } catch (error) {
    // A server of one's own that counts no requests answers 404 here, and 401 to what is no token.
    if (failureOf(error, now()).status !== 404) throw error;
    return { as: 'a token', isApp: false, permissions: undefined, rate: undefined, clockSeconds: undefined };
  }
}

function clockOf(date: string | undefined, now: Date): number | undefined {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? undefined : Math.round((theirs - now.getTime()) / 1000);
}
