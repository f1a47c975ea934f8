import type { Db } from '@release-manager/postgres';

import type { PullRequestPlace } from './pull-request-store.ts';
import type { CommandAnswer } from './render-commands.ts';

/** A command that somebody wrote into a comment of a pull request. */
export interface AskedCommand extends PullRequestPlace {
  /** GitHub's id of the comment: a command is carried out once per comment. */
  readonly commentId: string;
  readonly login: string;
  /** One line, as it was written. */
  readonly asked: string;
  readonly at: Date;
}

interface CommandRow {
  readonly comment_id: string | number;
  readonly repository: string;
  readonly number: number;
  readonly login: string;
  readonly asked: string;
  readonly asked_at: Date;
  readonly answer: string | null;
  readonly succeeded: boolean | null;
}

/** Answers that the comment keeps. */
const mostShown = 5;

/** Rows of `pull_request_commands`. */
export class CommandStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** @returns false when the comment was taken before */
  async take({ commentId, repository, number, login, asked, at }: AskedCommand): Promise<boolean> {
    const taken: unknown[] = await this.#db('pull_request_commands')
      .insert({ comment_id: commentId, repository, number, login, asked, asked_at: at })
      .onConflict('comment_id')
      .ignore()
      .returning('comment_id');
    return taken.length > 0;
  }

  async find(commentId: string): Promise<(AskedCommand & { readonly isAnswered: boolean }) | undefined> {
    const row = await this.#db<CommandRow>('pull_request_commands').where({ comment_id: commentId }).first();
    if (row === undefined) return undefined;
    const { repository, number, login, asked, asked_at: at, answer } = row;
    return { commentId, repository, number, login, asked, at, isAnswered: answer !== null };
  }

  async answer(
    commentId: string,
    answer: { readonly text: string; readonly succeeded: boolean },
    at: Date,
  ): Promise<void> {
    await this.#db('pull_request_commands')
      .where({ comment_id: commentId })
      .update({ answer: answer.text, succeeded: answer.succeeded, answered_at: at });
  }

  /** The last commands of a pull request, newest first. */
  async last({ repository, number }: PullRequestPlace): Promise<readonly CommandAnswer[]> {
    const rows = await this.#db<CommandRow>('pull_request_commands')
      .where({ repository, number })
      .orderBy('comment_id', 'desc')
      .limit(mostShown);
    return rows.map(({ login, asked, answer, succeeded }) => ({
      login,
      asked,
      answer: answer ?? undefined,
      succeeded: succeeded ?? undefined,
    }));
  }
}
