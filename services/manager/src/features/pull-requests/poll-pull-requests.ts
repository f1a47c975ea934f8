import { AppError } from '@release-manager/domain';
import type { GithubApi, GithubRepository } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';

import { ServiceRecords } from '../services/index.ts';
import { knownFromApi, learnPullRequest } from './learn-pull-request.ts';
import { LookStore, type Look } from './look-store.ts';
import { commandNewsMs, takeComment } from './take-comment.ts';

export interface PollDeps {
  readonly database: Database;
  readonly github: Pick<GithubApi, 'repositoryAt' | 'pulls' | 'comments'>;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Seconds after which a repository is asked again. */
  readonly everySeconds: number;
}

/** Repositories in one round; with a round each quarter of a minute that is half of what GitHub gives a token. */
const mostAtOnce = 10;

/** How far back the first look goes: whoever opened one before then, and does nothing to it, does not wait for us. */
const firstLookMs = 30 * 24 * 3600 * 1000;

/** What was changed while GitHub wrote its list may come late in the next one. */
const overlapMs = 60 * 1000;

/**
 * Asks those repositories of services that nobody asked for longest what changed in their pull requests, since GitHub does not
 * tell again what got lost on its way here. What is known already changes nothing.
 * @returns how many were asked
 */
export async function pollPullRequests(deps: PollDeps, signal: AbortSignal): Promise<number> {
  const due = await findDue(deps);
  for (const look of due) {
    signal.throwIfAborted();
    await pollOne(deps, look, signal);
  }
  return due.length;
}

type DueLook = Omit<Look, 'lookedAt'>;

async function findDue({ database, github, now, everySeconds }: PollDeps): Promise<readonly DueLook[]> {
  const looks = await new LookStore(database.db).all();
  const due = new Map<string, DueLook & { readonly last: number }>();
  const before = now().getTime() - everySeconds * 1000;
  for (const address of await new ServiceRecords(database.db).repositories()) {
    const found = github.repositoryAt(address);
    if (found === undefined) continue;
    const repository = `${found.owner}/${found.repo}`.toLowerCase();
    const look = looks.get(repository);
    const last = look?.lookedAt.getTime() ?? 0;
    if (last <= before) due.set(repository, { repository, address, updatedTo: look?.updatedTo, last });
  }
  return [...due.values()].toSorted((a, b) => a.last - b.last).slice(0, mostAtOnce);
}

async function pollOne(deps: PollDeps, look: DueLook, signal: AbortSignal): Promise<void> {
  const { database, github, logger, now } = deps;
  const repository = github.repositoryAt(look.address);
  if (repository === undefined) return;
  const at = now();
  const since = new Date(
    look.updatedTo === undefined ? at.getTime() - firstLookMs : look.updatedTo.getTime() - overlapMs,
  );
  try {
    const { items } = await github.pulls.updatedSince(repository, since, signal);
    const newest = Math.max(
      look.updatedTo?.getTime() ?? since.getTime(),
      ...items.map(({ updatedAt }) => updatedAt.getTime()),
    );
    // Oldest first: dying in between loses nothing, since what was seen is said last.
    for (const pull of items.toReversed())
      await database.transaction((tx) => learnPullRequest(tx, knownFromApi(pull, repository, look.address), at));
    // A comment changes the pull request it belongs to: where none changed there is none to be read.
    if (items.length > 0) await pollComments(deps, repository, since, signal);
    await new LookStore(database.db).looked({ ...look, lookedAt: at, updatedTo: new Date(newest) });
  } catch (error) {
    signal.throwIfAborted();
    // One that may not be seen keeps none of the others back; where GitHub itself is away, all of them wait.
    if (!(error instanceof AppError) || error.kind === 'unavailable' || error.kind === 'limited') throw error;
    logger.warn('pull requests could not be read', { repository: look.repository, error });
    await new LookStore(database.db).looked({ ...look, lookedAt: at });
  }
}

/** Commands whose event got lost. What came before is known by the id of its comment; what was edited is no command. */
async function pollComments(
  deps: PollDeps,
  repository: GithubRepository,
  since: Date,
  signal: AbortSignal,
): Promise<void> {
  const from = new Date(Math.max(since.getTime(), deps.now().getTime() - commandNewsMs));
  for (const comment of await deps.github.comments.updatedSince(repository, from, signal)) {
    const { id, number, author, body, createdAt, updatedAt, isOwn } = comment;
    if (isOwn || updatedAt.getTime() > createdAt.getTime()) continue;
    const found = {
      repository: `${repository.owner}/${repository.repo}`,
      number,
      commentId: String(id),
      login: author,
      body,
      createdAt,
    };
    await deps.database.transaction((tx) => takeComment(tx, found, deps));
  }
}
