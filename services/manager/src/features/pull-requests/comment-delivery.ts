import { createHash } from 'node:crypto';

import type { GithubRepository, IssueComment } from '@release-manager/github';

import type { Delivered, Delivery, DeliveryContext, DeliveryKind } from '../deliveries/index.ts';
import { wantCheck } from '../github/index.ts';
import { commentMarker } from './comment-text.ts';
import type { PullRequestDeps } from './pull-request-deps.ts';
import { PullRequestStore, type PullRequestPlace, type StoredPullRequest } from './pull-request-store.ts';
import type { ReadPlanDeps } from './read-plan.ts';
import { writeComment } from './write-comment.ts';

/** The comment on a pull request: one, edited in place; its key is `owner/name#number`. */
export const commentKind = 'github.comment';

/** Subject of a delivery, by which it finds its pull request. */
export function subjectOf({ repository, number }: PullRequestPlace): Readonly<Record<string, string>> {
  return { repository, number: String(number) };
}

/**
 * Keeps the one comment on each pull request as it has to be. It is found by its id, or, where a try was left in doubt or nothing
 * is known, by its marker among our own comments: nobody else’s is ever touched, and none is made twice.
 */
export function createCommentDelivery(deps: ReadPlanDeps): DeliveryKind {
  return {
    kind: commentKind,
    end: 'github',
    async deliver(delivery, context) {
      const place = placeOf(delivery);
      const pull = await new PullRequestStore(deps.database.db).find(place);
      const repository = pull === undefined ? undefined : deps.github.repositoryAt(pull.address);
      if (pull === undefined || repository === undefined) return { outcome: 'gone' };
      const text = await writeComment(deps, pull, context.signal);
      await wantSameCheck(deps, pull, { delivery, text });
      const comments = { ...deps, repository, number: place.number };
      return text === undefined ? takeAway(comments, delivery, context) : put(comments, delivery, { text, context });
    },
  };
}

/**
 * The check beside the head says the same plan, and changes when it does: wanted before the comment is written, so that dying in
 * between leaves neither behind. Where there never was anything to say there is no check either.
 */
async function wantSameCheck(
  { database, now }: PullRequestDeps,
  pull: StoredPullRequest,
  { delivery, text }: { readonly delivery: Delivery; readonly text: string | undefined },
): Promise<void> {
  const wasSaid = knownId(delivery) !== undefined;
  const isNew = text === undefined ? wasSaid : hashOf(text) !== delivery.sentHash || delivery.inDoubt;
  if (pull.state !== 'open' || !isNew) return;
  const { address: repository, headSha: sha } = pull;
  await database.transaction((tx) => wantCheck(tx, { repository, sha }, 'normal', now()));
}

function placeOf({ subject }: Delivery): PullRequestPlace {
  return { repository: subject['repository'] ?? '', number: Number(subject['number']) };
}

interface Conversation extends Pick<PullRequestDeps, 'github'> {
  readonly repository: GithubRepository;
  readonly number: number;
}

async function put(
  conversation: Conversation,
  delivery: Delivery,
  { text, context }: { readonly text: string; readonly context: DeliveryContext },
): Promise<Delivered> {
  const hash = hashOf(text);
  const known = knownId(delivery);
  if (known !== undefined && !delivery.inDoubt && delivery.sentHash === hash)
    return { outcome: 'unchanged', external: delivery.external, hash };
  const found = known === undefined || delivery.inDoubt ? await findOurs(conversation, context.signal) : undefined;
  if (found?.body === text) return { outcome: 'unchanged', external: { comment: String(found.id) }, hash };
  const written = await write(conversation, found?.id ?? known, { text, context });
  return { outcome: 'sent', external: { comment: String(written.id) }, hash };
}

/** Edits it, or makes it where it never was or somebody deleted it. */
async function write(
  { github, repository, number }: Conversation,
  id: number | undefined,
  { text, context }: { readonly text: string; readonly context: DeliveryContext },
): Promise<IssueComment> {
  await context.spend();
  if (id !== undefined) {
    const edited = await github.comments.update(repository, id, text, context.signal);
    if (edited !== undefined) return edited;
    await context.spend();
  }
  return github.comments.create(repository, number, text, context.signal);
}

/** What does not apply any more is taken out of sight; what never applied costs one look, or none. */
async function takeAway(conversation: Conversation, delivery: Delivery, context: DeliveryContext): Promise<Delivered> {
  const { github, repository } = conversation;
  const known = knownId(delivery);
  const id = known ?? (delivery.inDoubt ? (await findOurs(conversation, context.signal))?.id : undefined);
  if (id === undefined) return { outcome: 'gone' };
  await context.spend();
  await github.comments.remove(repository, id, context.signal);
  return { outcome: 'gone', external: {} };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function findOurs(
  { github, repository, number }: Conversation,
  signal: AbortSignal,
): Promise<IssueComment | undefined> {
  return github.comments.findOwn(repository, number, commentMarker, signal);
}

function knownId({ external }: Delivery): number | undefined {
  const id = external?.['comment'];
  return id === undefined ? undefined : Number(id);
}
