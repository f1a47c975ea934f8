import { routeOf, type NotificationEvent } from '@release-manager/config-repo';
import type { Db } from '@release-manager/postgres';

import type { LedgerReaction, Urgency } from '../deliveries/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { ReleaseStore, type Release } from '../releases/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { digestFor } from './digest-budget.ts';
import { groupOfRelease } from './group-of-release.ts';
import { MessageStore, type SlackMessageRow } from './message-store.ts';
import type { ReactDeps } from './react-deps.ts';
import { reactToBuild } from './react-to-build.ts';
import { buildKinds, concernsRelease, eventOf, holdKinds, postOf } from './slack-event.ts';
import { wantMessage } from './want-message.ts';

/** Of the target: releases whose messages show that something newer came, or a hold. */
const lookedBack = 3;

/** Says which messages an entry of the record wants in Slack. */
export function createSlackReaction(deps: ReactDeps): LedgerReaction {
  return {
    name: 'slack',
    async react(tx, entries) {
      for (const entry of entries) {
        if (concernsRelease(entry)) await reactToRelease(tx, entry, deps);
        else if (holdKinds.has(entry.kind)) await touchTarget(tx, entry, deps.now());
        else if (buildKinds.has(entry.kind)) await reactToBuild(tx, entry, deps);
      }
    },
  };
}

async function reactToRelease(tx: Db, entry: LedgerRow, deps: ReactDeps): Promise<void> {
  const release = await new ReleaseStore(tx).find(entry.release_id ?? '');
  if (release === undefined) return;
  const group = await groupOfRelease(tx, release);
  const known = await new MessageStore(tx).ofGroups([group]);
  const event = eventOf(entry);
  const messages = await withNewOne(tx, { entry, release, group, known, event }, deps);
  await resolveTrouble(tx, entry, { release, group });
  for (const message of messages)
    await wantMessage(tx, message, { release, urgency: urgencyOf(event), at: deps.now() });
  if (event === 'committed') await touchTarget(tx, entry, deps.now());
}

interface Occasion {
  readonly entry: LedgerRow;
  readonly release: Release;
  readonly group: string;
  readonly known: readonly SlackMessageRow[];
  readonly event: NotificationEvent | undefined;
}

/** The messages that show the release, with the one that this event makes appear, and what the event adds to their threads. */
async function withNewOne(tx: Db, occasion: Occasion, deps: ReactDeps): Promise<readonly SlackMessageRow[]> {
  const { group, known } = occasion;
  const channel = await wantedChannel(tx, occasion, deps);
  const before = known.find((each) => each.channel === channel);
  if (channel !== undefined) await makeAppear(tx, occasion, { channel, before, at: deps.now() });
  const messages = channel === undefined ? known : await new MessageStore(tx).ofGroups([group]);
  // What made the message appear is seen in the channel already.
  const seenIn = before?.digest === null ? channel : undefined;
  await addPosts(tx, occasion, { messages, seenIn, at: deps.now() });
  return messages;
}

/** The channel that wants to hear of this event. */
async function wantedChannel(tx: Db, { release, event }: Occasion, deps: ReactDeps): Promise<string | undefined> {
  if (event === undefined) return undefined;
  const { service, environment } = release;
  const { owner } = (await new ServiceRecords(tx).find(service)) ?? {};
  const { channel, on } = routeOf(deps.routing(), { service, environment, owner });
  return on.has(event) ? channel : undefined;
}

interface Appearance {
  readonly channel: string;
  readonly before: SlackMessageRow | undefined;
  readonly at: Date;
}

async function makeAppear(tx: Db, occasion: Occasion, { channel, before, at }: Appearance): Promise<void> {
  const { release, group, event } = occasion;
  const store = new MessageStore(tx);
  const key = { channel, group };
  if (before === undefined) {
    const digest = isTrouble(event) ? undefined : await digestFor(tx, channel, at);
    await store.add(key, { service: release.service, digest, at });
  } else if (before.digest !== null && isTrouble(event)) {
    await store.leaveDigest(key, at);
    // Or its line says for ever what was true when the digest was told last.
    const left = { channel, group_key: before.digest, digest: null, service: null };
    await wantMessage(tx, left, { urgency: 'normal', at });
  }
}

interface Posting {
  readonly messages: readonly SlackMessageRow[];
  /** Where the message was before this: trouble is shown in that channel as well. */
  readonly seenIn: string | undefined;
  readonly at: Date;
}

async function addPosts(tx: Db, { entry, group }: Occasion, { messages, seenIn, at }: Posting): Promise<void> {
  const post = postOf(entry);
  if (post === undefined) return;
  const store = new MessageStore(tx);
  for (const { channel, digest } of messages) {
    if (digest !== null) continue;
    const { item, subject } = post;
    const hasNoise = subject.kind === 'failed' || subject.kind === 'crashed';
    const own = hasNoise ? { ...subject, broadcast: channel === seenIn } : subject;
    await store.addPost({ channel, group }, { item, subject: own }, at);
  }
}

function isTrouble(event: NotificationEvent | undefined): boolean {
  return event === 'failed' || event === 'crashed';
}

async function resolveTrouble(
  tx: Db,
  entry: LedgerRow,
  { release, group }: { readonly release: Release; readonly group: string },
): Promise<void> {
  const store = new MessageStore(tx);
  const { kind, cause, details } = entry;
  if (kind === 'release.recovered') await store.resolve(group, release.id, { resolved: cause, kind: 'failed' });
  if (kind === 'incident.closed') {
    const cluster = typeof details['cluster'] === 'string' ? details['cluster'] : undefined;
    await store.resolve(group, release.id, { resolved: cause, kind: 'crashed', cluster });
  }
}

/** Newer and older releases of a target say in their messages what became of it. */
async function touchTarget(tx: Db, entry: LedgerRow, at: Date): Promise<void> {
  const { service, environment, release_id: cause } = entry;
  if (service === null || environment === null) return;
  const recent = await new ReleaseStore(tx).list({ service, environment }, lookedBack);
  for (const release of recent) {
    if (release.id === cause) continue;
    const group = await groupOfRelease(tx, release);
    if (release.rolledBackBy !== undefined && release.rolledBackBy === cause) {
      await new MessageStore(tx).resolve(group, release.id, { resolved: `rolled back: ${entry.cause}` });
    }
    for (const message of await new MessageStore(tx).ofGroups([group])) {
      await wantMessage(tx, message, { release, urgency: 'normal', at });
    }
  }
}

/** Ends are never shed; steps on the way may be. */
const urgencies: Readonly<Partial<Record<NotificationEvent, Urgency>>> = {
  applied: 'intermediate',
  'rolling-out': 'intermediate',
  queued: 'normal',
  committed: 'normal',
  waiting: 'normal',
};

function urgencyOf(event: NotificationEvent | undefined): Urgency {
  return event === undefined ? 'normal' : (urgencies[event] ?? 'final');
}
