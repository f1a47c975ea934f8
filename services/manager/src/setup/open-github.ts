import { AppError } from '@release-manager/domain';
import { createGithub, type GithubApi, type GithubAuth } from '@release-manager/github';

import type { Config } from '../config.ts';
import { version } from './version.ts';

/**
 * GitHub, where somebody configured it.
 * @throws AppError invalid `config.invalid` for half an App, or two ways at once; `github.private-key`
 */
export function openGithub(config: Config, now: () => Date): GithubApi | undefined {
  const auth = authOf(config);
  if (auth === undefined) return undefined;
  return createGithub({ auth, baseUrl: config.GITHUB_API_URL, userAgent: `release-manager/${version}`, now });
}

function authOf({ GITHUB_TOKEN, GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY }: Config): GithubAuth | undefined {
  const isApp = GITHUB_APP_ID !== undefined || GITHUB_APP_PRIVATE_KEY !== undefined;
  if (GITHUB_TOKEN !== undefined) {
    if (isApp) throw invalid('GITHUB_TOKEN and a GitHub App are both set', 'Keep one of them; the App is better.');
    return { kind: 'token', token: GITHUB_TOKEN };
  }
  if (!isApp) return undefined;
  if (GITHUB_APP_ID === undefined || GITHUB_APP_PRIVATE_KEY === undefined)
    throw invalid('Of the GitHub App only half is set', 'Set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.');
  return { kind: 'app', appId: GITHUB_APP_ID, privateKey: GITHUB_APP_PRIVATE_KEY };
}

function invalid(what: string, next: string): AppError {
  return new AppError('invalid', 'config.invalid', `${what}.`, { next });
}
