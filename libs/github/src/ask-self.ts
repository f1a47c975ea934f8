import type { GithubSelf } from './github-api.ts';
import { requestOf, type GithubClients } from './github-clients.ts';

/** Who we are in conversations. Throws Octokit's errors. */
export async function askSelf({ own, isApp }: GithubClients, signal?: AbortSignal): Promise<GithubSelf> {
  if (isApp) {
    const { data } = await own.rest.apps.getAuthenticated({ ...requestOf(signal) });
    return { login: `${data?.slug ?? ''}[bot]`, isApp };
  }
  const { data } = await own.rest.users.getAuthenticated({ ...requestOf(signal) });
  return { login: data.login, isApp };
}
