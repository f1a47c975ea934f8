import { askSelf } from './ask-self.ts';
import { askAccess } from './check-access.ts';
import type { GithubApi, GithubSelf } from './github-api.ts';
import { createCalls } from './github-calls.ts';
import { createClients } from './github-clients.ts';
import { translateGithubError } from './github-errors.ts';
import { parseAddress, repositoryOf, webHostOf } from './github-repository.ts';
import type { GithubAuth } from './github.ts';
import { createCheckRuns, createCommitStatuses } from './octokit-checks.ts';
import { createContents } from './octokit-contents.ts';
import { createDeployments } from './octokit-deployments.ts';
import { createIssueComments } from './octokit-issue-comments.ts';
import { createLabels } from './octokit-labels.ts';
import { createPullRequests } from './octokit-pull-requests.ts';
import { RequestGate } from './request-gate.ts';
import { createSourceQuestion, type Ask } from './source-question.ts';

export interface GithubOptions {
  readonly auth: GithubAuth;
  /** Address of the REST API: `https://api.github.com`, or `https://github.example.com/api/v3` of a server of one's own. */
  readonly baseUrl: string;
  /** Who asks, as GitHub wants it of everybody. */
  readonly userAgent: string;
  readonly now: () => Date;
  readonly fetch?: typeof fetch;
  /** Milliseconds that one request may take; 10 s by default. */
  readonly timeoutMs?: number;
  /** Milliseconds before a second try after GitHub's own fault; 1 s by default. */
  readonly retryUnitMs?: number;
}

/** @throws AppError invalid `github.private-key` */
export function createGithub(options: GithubOptions): GithubApi {
  const { now, auth } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const host = webHostOf(baseUrl);
  const clients = createClients(
    {
      baseUrl,
      userAgent: options.userAgent,
      fetch: options.fetch ?? fetch,
      timeoutMs: options.timeoutMs ?? 10_000,
      retryUnitMs: options.retryUnitMs ?? 1000,
    },
    auth,
  );
  const gate = new RequestGate();
  const ask: Ask = async (owner, what, work) => {
    gate.assertOpen(owner, now());
    try {
      return await work();
    } catch (error) {
      const translated = translateGithubError(error, what, now());
      gate.heed(owner, translated, now());
      throw translated;
    }
  };
  const calls = createCalls({ clients, gate, now });
  let known: GithubSelf | undefined;
  const self = async (signal?: AbortSignal): Promise<GithubSelf> =>
    (known ??= await ask('', 'asking who we are', () => askSelf(clients, signal)));

  return {
    isReachable: createSourceQuestion({ clients, host, ask, now }),
    checkAccess: (signal) => ask('', 'asking who we are', () => askAccess(clients, now, signal)),
    repositoryAt(text) {
      const address = parseAddress(text);
      return address.host === host || address.host === undefined ? repositoryOf(address) : undefined;
    },
    isApp: clients.isApp,
    self,
    pulls: createPullRequests(calls),
    comments: createIssueComments(calls, self),
    labels: createLabels(calls),
    deployments: createDeployments(calls),
    checks: createCheckRuns(calls, self),
    statuses: createCommitStatuses(calls),
    contents: createContents(calls, now),
  };
}
