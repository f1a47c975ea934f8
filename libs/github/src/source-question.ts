import { askReachable } from './ask-reachable.ts';
import { assertSha } from './github-calls.ts';
import type { GithubClients } from './github-clients.ts';
import { failureOf } from './github-errors.ts';
import { parseAddress, repositoryOf, type GithubRepository } from './github-repository.ts';
import type { Github, Reachability, SourceClaim } from './github.ts';

/** For how long, and how many, good answers are believed without asking again. A bad one is never kept. */
const keptMs = 5 * 60 * 1000;
const mostKept = 5000;

interface SourceQuestionDeps {
  readonly clients: GithubClients;
  /** The host in the addresses of repositories. */
  readonly host: string;
  readonly ask: Ask;
  readonly now: () => Date;
}

/** One question about what belongs to an owner: neither asked through a limit nor answered with a foreign error. */
export type Ask = <Result>(owner: string, what: string, work: () => Promise<Result>) => Promise<Result>;

export function createSourceQuestion({ clients, host, ask, now }: SourceQuestionDeps): Github['isReachable'] {
  const kept = new Map<string, { readonly answer: Reachability; readonly until: number }>();

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

  return async (claim, signal) => {
    signal?.throwIfAborted();
    const address = parseAddress(claim.repository);
    if (address.host !== undefined && address.host !== host) return { kind: 'elsewhere', host: address.host };
    const repository = repositoryOf(address);
    if (repository === undefined) return { kind: 'no-repository' };
    assertSha(claim.sha);
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
  };
}
