import { jsonb, type Db } from '@release-manager/postgres';

import type { NewPost, PostSubject } from './slack-event.ts';

/** A message in a channel: one row of `slack_messages`. */
export interface SlackMessageRow {
  readonly channel: string;
  readonly group_key: string;
  readonly service: string | null;
  readonly digest: string | null;
  readonly created_at: Date;
}

/** The message itself (`parent`), or something in its thread: one row of `slack_posts`. */
export interface SlackPostRow {
  readonly channel: string;
  readonly group_key: string;
  readonly item: string;
  readonly subject: PostSubject;
  readonly ts: string | null;
  readonly trying_since: Date | null;
  readonly sent_hash: string | null;
  readonly created_at: Date;
}

/** Which message. */
export interface MessageKey {
  readonly channel: string;
  readonly group: string;
}

type PostKey = Pick<SlackPostRow, 'channel' | 'group_key' | 'item'>;

/** What was said in Slack, and what is to be said. */
export class MessageStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find({ channel, group }: MessageKey): Promise<SlackMessageRow | undefined> {
    return this.#db<SlackMessageRow>('slack_messages').where({ channel, group_key: group }).first();
  }

  async ofGroups(groups: readonly string[]): Promise<readonly SlackMessageRow[]> {
    if (groups.length === 0) return [];
    return this.#db<SlackMessageRow>('slack_messages')
      .whereIn('group_key', [...groups])
      .orderBy('channel');
  }

  /** What a digest tells of, in the order in which it came. */
  async inDigest(channel: string, digest: string, limit: number): Promise<readonly SlackMessageRow[]> {
    return this.#db<SlackMessageRow>('slack_messages')
      .where({ channel, digest })
      .orderBy(['created_at', 'group_key'])
      .limit(limit);
  }

  async countInDigest(channel: string, digest: string): Promise<number> {
    const row = await this.#db('slack_messages')
      .where({ channel, digest })
      .count<{ count: string }[]>('* as count')
      .first();
    return Number(row?.count ?? 0);
  }

  /** Messages of their own that a channel got since then. */
  async countSince(channel: string, since: Date): Promise<number> {
    const row = await this.#db('slack_messages')
      .where({ channel })
      .whereNull('digest')
      .where('created_at', '>', since)
      .count<{ count: string }[]>('* as count')
      .first();
    return Number(row?.count ?? 0);
  }

  /** A message that is to be there; with what it is made of, unless a digest tells of it. */
  async add(
    { channel, group }: MessageKey,
    {
      service,
      digest,
      at,
    }: { readonly service?: string | undefined; readonly digest?: string | undefined; readonly at: Date },
  ): Promise<void> {
    await this.#db('slack_messages')
      .insert({ channel, group_key: group, service: service ?? null, digest: digest ?? null, created_at: at })
      .onConflict(['channel', 'group_key'])
      .ignore();
    if (digest === undefined)
      await this.addPost({ channel, group }, { item: 'parent', subject: { kind: 'parent' } }, at);
  }

  /** From now on it has a message of its own. */
  async leaveDigest({ channel, group }: MessageKey, at: Date): Promise<void> {
    await this.#db('slack_messages').where({ channel, group_key: group }).update({ digest: null });
    await this.addPost({ channel, group }, { item: 'parent', subject: { kind: 'parent' } }, at);
  }

  async addPost({ channel, group }: MessageKey, { item, subject }: NewPost, at: Date): Promise<void> {
    await this.#db('slack_posts')
      .insert({ channel, group_key: group, item, subject: jsonb(subject), created_at: at })
      .onConflict(['channel', 'group_key', 'item'])
      .ignore();
  }

  /** In the order in which they belong into the thread, the message itself first. */
  async posts({ channel, group }: MessageKey): Promise<readonly SlackPostRow[]> {
    const rows: SlackPostRow[] = await this.#db<SlackPostRow>('slack_posts')
      .where({ channel, group_key: group })
      .orderByRaw("item <> 'parent', seq");
    return rows;
  }

  /** Says of what is wrong with a release that it is over: of everything, or of what a cluster had. */
  async resolve(
    group: string,
    release: string,
    how: { readonly resolved: string; readonly kind?: 'failed' | 'crashed'; readonly cluster?: string | undefined },
  ): Promise<void> {
    const query = this.#db('slack_posts')
      .where({ group_key: group })
      .whereRaw("subject->>'release' = ?", [release])
      .whereRaw("subject->>'kind' in ('failed', 'crashed') and subject->>'resolved' is null");
    if (how.kind !== undefined) void query.whereRaw("subject->>'kind' = ?", [how.kind]);
    if (how.cluster !== undefined) void query.whereRaw("subject->>'cluster' = ?", [how.cluster]);
    await query.update({ subject: this.#db.raw('subject || ?::jsonb', [jsonb({ resolved: how.resolved })]) });
  }

  /** A send begins: until its end is known it is in doubt. */
  async beginTrying(key: PostKey, at: Date): Promise<void> {
    await this.#at(key).update({ trying_since: this.#db.raw('coalesce(trying_since, ?)', [at]) });
  }

  /** It was certainly not sent. */
  async endTrying(key: PostKey): Promise<void> {
    await this.#at(key).update({ trying_since: null });
  }

  async markSent(key: PostKey, sent: { readonly ts: string; readonly hash: string }): Promise<void> {
    await this.#at(key).update({ ts: sent.ts, sent_hash: sent.hash, trying_since: null });
  }

  async sweep(before: Date): Promise<void> {
    await this.#db('slack_messages').where('created_at', '<', before).del();
  }

  #at({ channel, group_key, item }: PostKey) {
    return this.#db('slack_posts').where({ channel, group_key, item });
  }
}
