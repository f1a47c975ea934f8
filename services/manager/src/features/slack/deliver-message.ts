import type { Db } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';
import type { Slack } from '@release-manager/slack';

import type { AccessInForce } from '../access/index.ts';
import type { ArtifactLoader } from '../artifacts/index.ts';
import type { Delivered, DeliveryContext, DeliveryKind } from '../deliveries/index.ts';
import { ReleaseStore } from '../releases/index.ts';
import { digestMessage, readDigest } from './digest-message.ts';
import type { GroupView } from './group-view.ts';
import { MessageStore, type MessageKey, type SlackPostRow } from './message-store.ts';
import { parentMessage } from './parent-message.ts';
import { hashOf, hasCode, isDeleted, markDeleted, postOnce, shareOnce, type Posted } from './post-once.ts';
import { readDiff, readLog } from './read-details.ts';
import { readGroup, type ReadGroupDeps } from './read-group.ts';
import type { TroubleSubject } from './slack-event.ts';
import { slackIdOf } from './slack-people.ts';
import { detailsMessage, isLongLog, troubleMessage } from './thread-message.ts';

export interface DeliverMessageDeps {
  readonly db: Db;
  readonly slack: Slack;
  readonly loader: Pick<ArtifactLoader, 'load'>;
  readonly access: () => Pick<AccessInForce, 'people'>;
  readonly environments: () => readonly string[];
  readonly releaseUrl: (id: string) => string;
  /** Whether Slack tells us of clicks. */
  readonly clicks: boolean;
  readonly logger: Logger;
}

/**
 * A message and its thread, as one thing: the message first, then what belongs into the thread in its order. Each part is written
 * down as sent by itself, so that a try which ends in between goes on where it was.
 */
export function createMessageKind(deps: DeliverMessageDeps): DeliveryKind {
  return {
    kind: 'slack.release',
    end: 'slack',
    async deliver({ subject, sentHash, inDoubt }, context) {
      const { channel = '', group = '' } = subject;
      const work = new MessageWork(deps, { channel, group }, context);
      // Nothing was sent as far as the delivery knows: either that is so, or somebody wants it sent again.
      const isAsked = sentHash === undefined && !inDoubt;
      return group.startsWith('digest/') ? work.digest() : work.message(isAsked);
    },
  };
}

class MessageWork {
  readonly #deps: DeliverMessageDeps;
  readonly #key: MessageKey;
  readonly #context: DeliveryContext;
  readonly #store: MessageStore;

  constructor(deps: DeliverMessageDeps, key: MessageKey, context: DeliveryContext) {
    this.#deps = deps;
    this.#key = key;
    this.#context = context;
    this.#store = new MessageStore(deps.db);
  }

  async digest(): Promise<Delivered> {
    const [parent] = await this.#store.posts(this.#key);
    if (parent === undefined) return { outcome: 'gone' };
    const digest = await readDigest(this.#store, this.#key, (group) => readGroup(this.#reading(), group));
    // Everything has left it before anybody saw it.
    const wasSaid = parent.ts !== null || parent.trying_since !== null;
    if (digest.count === 0 && !wasSaid) return { outcome: 'gone' };
    const contents = digestMessage(digest);
    const posted = await postOnce(this.#posting(), { row: parent, contents }, this.#context);
    return this.#delivered([posted]);
  }

  /** @param isAsked written again in any case, and put back where somebody deleted it */
  async message(isAsked: boolean): Promise<Delivered> {
    const view = await readGroup(this.#reading(), this.#key.group);
    const [known] = await this.#store.posts(this.#key);
    if (view === undefined || known === undefined) return { outcome: 'gone' };
    const parent = isAsked ? forgetSent(known) : known;
    const contents = parentMessage(view, this.#deps);
    const done = [await postOnce(this.#posting(), { row: parent, contents }, this.#context)];
    const rows = await this.#store.posts(this.#key);
    // What is wrong does not wait for what merely changed.
    const replies = [...rows.filter(isTrouble), ...rows.filter((row) => !isTrouble(row))];
    for (const row of replies) done.push(await this.#reply(row, view));
    // Logs last: which of them are long is only known when the trouble is told.
    for (const row of await this.#store.posts(this.#key)) done.push(await this.#log(row, view));
    return this.#delivered(done);
  }

  async #reply(row: SlackPostRow, view: GroupView): Promise<Posted> {
    const { subject } = row;
    switch (subject.kind) {
      case 'parent':
        return 'unchanged';
      case 'details':
        return row.ts === null ? this.#details(row, view, subject.release) : 'unchanged';
      case 'failed':
      case 'crashed':
        return this.#trouble(row, view, subject);
      case 'log':
        return 'unchanged';
    }
  }

  async #details(row: SlackPostRow, view: GroupView, releaseId: string): Promise<Posted> {
    const target = view.targets.find((each) => each.releaseId === releaseId);
    const release = await new ReleaseStore(this.#deps.db).find(releaseId);
    const parent = await this.#parent();
    if (target === undefined || release === undefined || parent === undefined) return 'unchanged';
    const diff = await readDiff(this.#deps, release);
    const { commitSha: commit, replacedArtifactId: replaced } = release;
    return this.#inThread({ row, contents: detailsMessage(target, { commit, replaced, diff }), threadTs: parent });
  }

  async #trouble(row: SlackPostRow, view: GroupView, subject: TroubleSubject): Promise<Posted> {
    // What it said stays as it was; only that it is over changes it.
    if (row.ts !== null && subject.resolved === undefined) return 'unchanged';
    const target = view.targets.find((each) => each.releaseId === subject.release);
    const release = await new ReleaseStore(this.#deps.db).find(subject.release);
    if (target === undefined || release === undefined) return 'unchanged';
    const { says, kind, next, resolved, place } = subject;
    const log = await readLog(this.#deps.db, target.environment, place);
    const author = resolved === undefined ? await slackIdOf(this.#deps, release, this.#context) : undefined;
    const contents = troubleMessage({ view, target, kind, says, next, resolved, log, author }, this.#deps);
    if (place !== undefined && log !== undefined && isLongLog(log)) {
      const all = { item: `log/${row.item}`, subject: { kind: 'log', release: release.id, place } } as const;
      await this.#store.addPost(this.#key, all, this.#context.now);
    }
    const threadTs = await this.#parent();
    const broadcast = threadTs !== undefined && subject.broadcast === true;
    return this.#inThread({ row, contents, threadTs, broadcast });
  }

  /** All of a long log, below the message that shows its end. */
  async #log(row: SlackPostRow, view: GroupView): Promise<Posted> {
    const { subject, item, ts } = row;
    if (subject.kind !== 'log' || ts !== null) return 'unchanged';
    const { place, release } = subject;
    const target = view.targets.find((each) => each.releaseId === release);
    const threadTs = await this.#parent();
    const log = target && (await readLog(this.#deps.db, target.environment, place));
    if (log === undefined || threadTs === undefined) return 'unchanged';
    const filename = `${place.container}-${hashOf([this.#key, item]).slice(0, 12)}.log`;
    const content = log.lines.join('\n');
    const snippet = { row, threadTs, filename, title: `log of ${place.container}`, content };
    return shareOnce(this.#posting(), snippet, this.#context);
  }

  /** Into the thread; what has lost its parent while it was on its way is said nowhere, unless it is trouble. */
  async #inThread(post: Parameters<typeof postOnce>[1]): Promise<Posted> {
    try {
      return await postOnce(this.#posting(), post, this.#context);
    } catch (error) {
      if (!hasCode(error, 'slack.message-gone') || post.threadTs === undefined) throw error;
      const [parent] = await this.#store.posts(this.#key);
      if (parent !== undefined) await markDeleted(this.#store, parent);
      if (post.row.subject.kind === 'details') return 'unchanged';
      return postOnce(this.#posting(), { ...post, threadTs: undefined, broadcast: false }, this.#context);
    }
  }

  /** The id of the message; nothing when somebody deleted it. */
  async #parent(): Promise<string | undefined> {
    const [parent] = await this.#store.posts(this.#key);
    return parent === undefined || isDeleted(parent) ? undefined : (parent.ts ?? undefined);
  }

  async #delivered(done: readonly Posted[]): Promise<Delivered> {
    const [parent] = await this.#store.posts(this.#key);
    const external =
      parent?.ts === undefined || parent.ts === null ? undefined : { channel: this.#key.channel, ts: parent.ts };
    return { outcome: done.includes('sent') ? 'sent' : 'unchanged', external, hash: parent?.sent_hash ?? undefined };
  }

  #posting() {
    return { slack: this.#deps.slack, store: this.#store };
  }

  #reading(): ReadGroupDeps {
    const { db, environments, releaseUrl } = this.#deps;
    return { db, environments: environments(), releaseUrl, now: this.#context.now };
  }
}

/** A message as if it had not been edited yet, or, of one that was deleted, not been sent. */
function forgetSent(row: SlackPostRow): SlackPostRow {
  return isDeleted(row) ? { ...row, ts: null, sent_hash: null } : { ...row, sent_hash: '' };
}

function isTrouble({ subject }: SlackPostRow): boolean {
  return subject.kind === 'failed' || subject.kind === 'crashed';
}
