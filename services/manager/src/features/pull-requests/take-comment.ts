import type { Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { ArtifactRecords } from '../artifacts/index.ts';
import { parseCommand, takeChatRequestIn, type ChatPlace } from '../chat/index.ts';
import type { IssueCommentEvent } from '../webhooks/index.ts';
import { CommandStore } from './command-store.ts';
import { PullRequestStore, type StoredPullRequest } from './pull-request-store.ts';
import { isFork } from './pull-request.ts';
import { TargetStore } from './target-store.ts';
import { wantComment } from './want-comment.ts';

/** A comment that somebody wrote, as an event or a list shows it. */
export interface NewComment {
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
  readonly commentId: string;
  /** Absent where the account was deleted. */
  readonly login: string | undefined;
  readonly body: string;
  readonly createdAt: Date;
}

export interface TakeCommentDeps {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

/** Words of others that begin so are commands; logs are not shown where anybody may read. */
const commandForm = /^\/(release|rollback|hold|resume|retry|why|status)(?=\s|$)[^\n\r]*/i;

/** What was written longer ago is not done any more: whoever wrote it may have gone another way since. */
export const commandNewsMs = 60 * 60 * 1000;

/**
 * Takes a command out of a comment on a pull request, in the caller's transaction: the first line, of a comment that was just
 * made. One that is edited does nothing. Who wrote it, and what they may do, is judged when it is carried out.
 */
export async function takeComment(tx: Db, comment: NewComment, deps: TakeCommentDeps): Promise<void> {
  const at = deps.now();
  const asked = commandOf(comment, at);
  if (asked === undefined) return;
  const place = { repository: comment.repository.toLowerCase(), number: comment.number };
  const pull = await new PullRequestStore(tx).find(place);
  // Of one that was closed nothing is said any more, so there is no place for an answer.
  if (pull === undefined || pull.state === 'closed') return;
  const { commentId, login, text } = asked;
  const store = new CommandStore(tx);
  if (!(await store.take({ ...place, commentId, login, asked: text.slice(0, 200), at }))) return;
  const parsed = parseCommand(text.slice(1), await placeOf(tx, pull));
  if (parsed.kind === 'words') await store.answer(commentId, { ok: false, says: parsed.says }, at);
  else {
    const reply = { comment: commentId };
    const request = { source: 'github', mark: commentId, asker: login, command: parsed.command, reply } as const;
    await takeChatRequestIn(tx, request, deps);
  }
  await wantComment(tx, place, 'normal', at);
}

/** The comment that an event tells of; nothing for one that was changed, or that belongs to no pull request. */
export function commentOf({ action, issue, comment, repository }: IssueCommentEvent): NewComment | undefined {
  if (action !== 'created' || !issue.pull_request) return undefined;
  return {
    repository: repository.full_name,
    number: issue.number,
    commentId: String(comment.id),
    login: comment.user?.login,
    body: comment.body ?? '',
    createdAt: comment.created_at,
  };
}

/** What somebody asked for in a comment; nothing in any other. */
function commandOf(
  { commentId, login, body, createdAt }: NewComment,
  at: Date,
): { readonly commentId: string; readonly login: string; readonly text: string } | undefined {
  const [text] = commandForm.exec(body.trim()) ?? [];
  if (text === undefined || login === undefined || at.getTime() - createdAt.getTime() > commandNewsMs) return undefined;
  return { commentId, login, text: text.trim() };
}

/** What the pull request says already: its service, where it goes with one only, and what was built of its head. */
async function placeOf(tx: Db, pull: StoredPullRequest): Promise<ChatPlace> {
  const base = { prefix: '/', from: `rolled back on the pull request ${pull.repository}#${pull.number}` };
  const services = [...new Set((await new TargetStore(tx).of(pull)).map(({ service }) => service))];
  const [service] = services;
  if (service === undefined || services.length > 1) return base;
  const built = isFork(pull) ? [] : await new ArtifactRecords(tx).ofCommit(service, pull.headBranch, pull.headSha);
  return { ...base, service, artifact: built.find(({ state }) => state === 'ready')?.id };
}
