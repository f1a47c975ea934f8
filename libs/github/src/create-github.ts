import { AppError } from '@release-manager/domain';

import { askReachable } from './ask-reachable.ts';
import { askAccess } from './check-access.ts';
import { createClients } from './github-clients.ts';
import { failureOf, translateGithubError } from './github-errors.ts';
import { parseAddress, repositoryOf, webHostOf, type GithubRepository } from './github-repository.ts';
import type { Github, GithubAuth, Reachability, SourceClaim } from './github.ts';
import { RequestGate } from './request-gate.ts';

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

/** For how long, and how many, good answers are believed without asking again. A bad one is never kept. */
const keptMs = 5 * 60 * 1000;
const mostKept = 5000;

/** What may be put into the path of a request; whatever else is claimed is on no branch. */
const shaForm = /^[0-9a-f]{40}$/;

/** @throws AppError invalid `github.private-key` */
export function createGithub(options: GithubOptions): Github {
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
  const kept = new Map<string, { readonly answer: Reachability; readonly until: number }>();

  /** One question about a repository: neither asked through a limit nor answered with a foreign error. */
  const ask = async <Result>(owner: string, what: string, work: () => Promise<Result>): Promise<Result> => {
    gate.assertOpen(owner, now());
    try {
      return await work();
    } catch (error) {
      const translated = translateGithubError(error, what, now());
      gate.heed(owner, translated, now());
      throw translated;
    }
  };

  const askOf = async (
    repository: GithubRepository,
    claim: SourceClaim,
    signal?: AbortSignal,
  ): Promise<Reachability> => {
    const { branch, sha } = claim;
    let client;
    try {
      client = await clients.forRepository(repository, signal);
    } catch (error) {
      // The App is not installed where it could see the repository.
      if (failureOf(error, now()).status === 404) return { kind: 'no-repository' };
      throw error;
    }
    const answer = await askReachable({ client, repository, branch, sha, signal, now: now() });
    if (answer.kind === 'no-repository') clients.forget(repository);
    return answer;
  };

  return {
    async isReachable(claim, signal) {
      signal?.throwIfAborted();
      const address = parseAddress(claim.repository);
      if (address.host !== undefined && address.host !== host) return { kind: 'elsewhere', host: address.host };
      const repository = repositoryOf(address);
      if (repository === undefined) return { kind: 'no-repository' };
      assertAskable(claim);
      const key = [repository.owner, repository.repo, claim.branch, claim.sha].join('\n');
      const known = kept.get(key);
      if (known !== undefined && known.until > now().getTime()) return known.answer;
      const what = `asking whether ${claim.sha.slice(0, 10)} is on ${claim.branch} of ${repository.owner}/${repository.repo}`;
      const answer = await ask(repository.owner.toLowerCase(), what, () => askOf(repository, claim, signal));
      if (answer.kind === 'reachable') {
        if (kept.size >= mostKept) kept.clear();
        kept.set(key, { answer, until: now().getTime() + keptMs });
      }
      return answer;
    },
    checkAccess: (signal) => ask('', 'asking who we are', () => askAccess(clients, now, signal)),
  };
}

function assertAskable({ sha }: SourceClaim): void {
  if (shaForm.test(sha)) return;
  throw new AppError('invalid', 'github.sha', 'This is no full commit id.', { next: 'send 40 lower-case hex digits' });
}
