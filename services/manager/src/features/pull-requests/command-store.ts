import type { Db } from '@release-manager/postgres';

import type { ChatAnswer } from '../chat/index.ts';
import type { PullRequestPlace } from './pull-request-store.ts';
import { answerText, type CommandAnswer } from './render-commands.ts';

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

  /** @returns the pull request that it was asked on; nothing when it is not known */
  async answer(commentId: string, answer: ChatAnswer, at: Date): Promise<PullRequestPlace | undefined> {
    const rows: PullRequestPlace[] = await this.#db('pull_request_commands')
      .where({ comment_id: commentId })
      .update({ answer: answerText(answer), succeeded: answer.ok, answered_at: at })
      .returning(['repository', 'number']);
    return rows[0];
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
