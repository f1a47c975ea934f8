import { AppError } from '@release-manager/domain';
import type { Oid, Signature, TreeEdit, TreeReader } from '@release-manager/git';

import type { ConfigRepo } from './config-repo.ts';

/** What an edit wants, decided on the files of one tip. It is asked again when somebody else was faster. */
export type EditPlanner<T> = (
  tree: TreeReader,
) => Promise<{ readonly edits: readonly TreeEdit[]; readonly message: string; readonly result: T }>;

export interface EditOptions<T> {
  readonly plan: EditPlanner<T>;
  readonly author: Signature;
  readonly committer: Signature;
  /** Called with each commit that is about to be pushed. */
  readonly beforePush: (commit: Oid, result: T) => Promise<void>;
}

/** Each lost race means that somebody else's commit landed, so this many in a row is no accident. */
const attempts = 10;

/**
 * Commits an edit of files that people own (policies) on the newest tip. The edit is idempotent: who sees the error of a push
 * whose fate is unknown asks again. What has to be known whatever happens next is recorded by `beforePush`.
 * @throws AppError conflict `config-repo.busy`; unavailable
 */
export async function editConfigRepo<T>(
  repo: ConfigRepo,
  options: EditOptions<T>,
): Promise<{ commit: Oid | undefined; result: T }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const base = await repo.mirror.fetch();
    if (base === undefined) throw notInitialised();
    const { edits, message, result } = await options.plan(repo.mirror.tree(base));
    const writer = repo.mirror.writer(base);
    const commit =
      edits.length === 0
        ? undefined
        : await writer.commit(edits, { message, author: options.author, committer: options.committer });
    if (commit === undefined) return { commit: undefined, result };
    await writer.flush();
    await options.beforePush(commit, result);
    const outcome = await repo.mirror.push(base, commit);
    if (outcome === 'landed') {
      await repo.adopt(commit);
      return { commit, result };
    }
    if (outcome === 'unknown') throw answerLost();
  }
  throw new AppError('conflict', 'config-repo.busy', `Others pushed to the config repo ${attempts} times in a row.`, {
    next: 'try again in a moment',
  });
}

export function notInitialised(): AppError {
  return new AppError(
    'unavailable',
    'config-repo.not-initialised',
    'The config repo has no release-manager.yaml yet.',
    {
      next: 'run `release-cli init <url of the config repo>`',
    },
  );
}

function answerLost(): AppError {
  return new AppError(
    'unavailable',
    'config-repo.push-in-doubt',
    'The config repo did not answer whether it took the commit.',
    {
      next: 'run the command again: if the change is there already it does nothing',
    },
  );
}
