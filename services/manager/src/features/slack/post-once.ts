import { createHash } from 'node:crypto';

import { AppError } from '@release-manager/domain';
import type { Slack, SlackMessage, SlackMetadata, SlackPlace, SlackWanted } from '@release-manager/slack';

import type { DeliveryContext } from '../deliveries/index.ts';
import type { MessageStore, SlackPostRow } from './message-store.ts';

/** In place of a hash: somebody deleted it in Slack, and it is not put back. */
const deleted = 'deleted';
/** In place of an id: it cannot be there, and is not tried again. */
const left = 'left out';
/** Slack's clock and ours differ, and a send may have waited a little. */
const slackMs = 5 * 60_000;

export interface PostOnceDeps {
  readonly slack: Slack;
  readonly store: MessageStore;
}

/** Whether Slack was written to. */
export type Posted = 'sent' | 'unchanged';

type Contents = Pick<SlackMessage, 'text' | 'blocks'>;

export interface Post {
  readonly row: SlackPostRow;
  readonly contents: Contents;
  /** The parent; absent for a message of its own. */
  readonly threadTs?: string | undefined;
  readonly broadcast?: boolean | undefined;
}

export function isDeleted({ sent_hash: hash }: SlackPostRow): boolean {
  return hash === deleted;
}

/** Somebody took it away: from now on it is left alone. */
export async function markDeleted(store: MessageStore, row: SlackPostRow): Promise<void> {
  if (row.ts !== null) await store.markSent(row, { ts: row.ts, hash: deleted });
}

export function hashOf(contents: unknown): string {
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 32);
}

/**
 * Brings one message up to date: posted once, edited after that. That a send begins is written down before it; where its end is
 * not known the message is looked up by its metadata first, so that neither a crash nor a lost answer says it twice.
 * @throws AppError of Slack; `limited` of the budget
 */
export async function postOnce(deps: PostOnceDeps, post: Post, context: DeliveryContext): Promise<Posted> {
  const { row, contents } = post;
  const hash = hashOf(contents);
  if (row.ts !== null) return edit(deps, { row, contents, hash, ts: row.ts }, context);
  const found =
    row.trying_since === null
      ? undefined
      : await lookUp(deps, { row, wanted: { metadata: metadataOf(row) }, threadTs: post.threadTs }, context);
  if (found !== undefined) {
    await deps.store.markSent(row, { ts: found.ts, hash: '' });
    return edit(deps, { row: { ...row, sent_hash: '' }, contents, hash, ts: found.ts }, context);
  }
  const { channel } = row;
  await context.spend(channel);
  const { ts } = await trying(deps, row, context, () =>
    deps.slack.post(
      { channel, ...contents, metadata: metadataOf(row), threadTs: post.threadTs, broadcast: post.broadcast },
      context.signal,
    ),
  );
  await deps.store.markSent(row, { ts, hash });
  return 'sent';
}

export interface Snippet {
  readonly row: SlackPostRow;
  readonly threadTs: string;
  readonly filename: string;
  readonly title: string;
  readonly content: string;
}

/** Shares a text in a thread, once. Where the app may not share files it is left out: the end of it stands in the message. */
export async function shareOnce(deps: PostOnceDeps, snippet: Snippet, context: DeliveryContext): Promise<Posted> {
  const { row, threadTs, filename, title, content } = snippet;
  const { channel } = row;
  if (row.ts !== null) return 'unchanged';
  const found =
    row.trying_since === null ? undefined : await lookUp(deps, { row, wanted: { filename }, threadTs }, context);
  if (found !== undefined) {
    await deps.store.markSent(row, { ts: found.ts, hash: '' });
    return 'unchanged';
  }
  await context.spend(channel);
  try {
    await trying(deps, row, context, () =>
      deps.slack.uploadSnippet({ channel, threadTs, filename, title, content }, context.signal),
    );
  } catch (error) {
    if (!hasCode(error, 'slack.scope')) throw error;
    await deps.store.markSent(row, { ts: left, hash: '' });
    return 'unchanged';
  }
  await deps.store.markSent(row, { ts: 'shared', hash: '' });
  return 'sent';
}

interface Edit {
  readonly row: SlackPostRow;
  readonly contents: Contents;
  readonly hash: string;
  readonly ts: string;
}

async function edit(
  { slack, store }: PostOnceDeps,
  { row, contents, hash, ts }: Edit,
  context: DeliveryContext,
): Promise<Posted> {
  if (row.sent_hash === hash || isDeleted(row) || ts === left) return 'unchanged';
  await context.spend('update');
  try {
    await slack.edit({ channel: row.channel, ts }, { ...contents, metadata: metadataOf(row) }, context.signal);
  } catch (error) {
    if (!hasCode(error, 'slack.message-gone')) throw error;
    await store.markSent(row, { ts, hash: deleted });
    return 'unchanged';
  }
  await store.markSent(row, { ts, hash });
  return 'sent';
}

/** What was certainly not done is in doubt no longer. */
async function trying<Result>(
  { store }: PostOnceDeps,
  row: SlackPostRow,
  { now }: DeliveryContext,
  send: () => Promise<Result>,
): Promise<Result> {
  await store.beginTrying(row, now);
  try {
    return await send();
  } catch (error) {
    const isRefused = error instanceof AppError && error.kind !== 'unavailable' && error.kind !== 'bug';
    if (isRefused) await store.endTrying(row);
    throw error;
  }
}

interface Lost {
  readonly row: SlackPostRow;
  readonly wanted: SlackWanted;
  readonly threadTs: string | undefined;
}

/** Where Slack does not let us look, nobody knows: then it is said at least once, as `doctor` tells. */
async function lookUp(
  { slack }: PostOnceDeps,
  { row: { channel, trying_since: since }, wanted, threadTs }: Lost,
  { signal, now }: DeliveryContext,
): Promise<SlackPlace | undefined> {
  try {
    const from = new Date((since ?? now).getTime() - slackMs);
    return await slack.findMessage({ channel, threadTs, since: from }, wanted, signal);
  } catch (error) {
    if (blind.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

const blind = ['slack.scope', 'slack.not-in-channel', 'slack.message-gone'];

function metadataOf({ group_key: group, item }: SlackPostRow): SlackMetadata {
  return { eventType: 'release_manager', payload: { group, item } };
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof AppError && error.code === code;
}
