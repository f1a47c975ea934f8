import type { Octokit } from '@octokit/rest';
import { AppError } from '@release-manager/domain';

import type { GithubClients } from './github-clients.ts';
import { explainRefusal, translateGithubError } from './github-errors.ts';
import type { GithubRepository } from './github-repository.ts';
import type { RequestGate } from './request-gate.ts';

/** What a request is about. */
export interface Call {
  readonly repository: GithubRepository;
  /** For people: `commenting on shop/web#7`, without the repository. */
  readonly what: string;
  /** What an App or a fine-grained token needs for it, as GitHub calls it: `Pull requests: write`. */
  readonly permission: string;
  readonly signal: AbortSignal | undefined;
}

/** To be spread into the parameters of a request. */
export interface Where extends GithubRepository {
  readonly request: { readonly signal?: AbortSignal; readonly retries?: number };
}

export type Send<Result> = (client: Octokit, where: Where) => Promise<Result>;

/** The one way to ask and tell GitHub something of a repository: with the client of its installation, and with errors of ours. */
export interface GithubCalls {
  /** Asked again after GitHub's own fault. */
  read<Result>(call: Call, send: Send<Result>): Promise<Result>;
  /** Sent once: it may have been done although no answer came, and only the caller can look. */
  write<Result>(call: Call, send: Send<Result>): Promise<Result>;
}

export interface CallDeps {
  readonly clients: GithubClients;
  readonly gate: RequestGate;
  readonly now: () => Date;
}

export function createCalls({ clients, gate, now }: CallDeps): GithubCalls {
  const run = async <Result>(call: Call, send: Send<Result>, more: { retries?: number }): Promise<Result> => {
    const { repository, signal, permission } = call;
    const { owner, repo } = repository;
    const key = owner.toLowerCase();
    signal?.throwIfAborted();
    gate.assertOpen(key, now());
    try {
      const client = await clients.forRepository(repository, signal);
      return await send(client, { owner, repo, request: { ...more, ...(signal === undefined ? {} : { signal }) } });
    } catch (error) {
      const what = `${call.what} of ${owner}/${repo}`;
      const translated =
        explainRefusal(error, { what, permission, now: now() }) ?? translateGithubError(error, what, now());
      gate.heed(key, translated, now());
      // Installed anew, or given the permission, it counts at once: the old token would go on without it for an hour.
      if (translated.kind === 'forbidden' || translated.kind === 'not-found') clients.forget(repository);
      throw translated;
    }
  };
  return { read: (call, send) => run(call, send, {}), write: (call, send) => run(call, send, { retries: 0 }) };
}

/** Undefined where what was asked for is not there. */
export async function unlessGone<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof AppError && error.code === 'github.not-found') return undefined;
    throw error;
  }
}

/** Cuts by UTF-16 code units, as GitHub counts, and splits no character. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Full commit ids only: anything else in the path of a request could mean something else. */
export function assertSha(sha: string): void {
  if (/^[0-9a-f]{40}$/.test(sha)) return;
  throw new AppError('invalid', 'github.sha', 'This is no full commit id.', { next: 'send 40 lower-case hex digits' });
}
