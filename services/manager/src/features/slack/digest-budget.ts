import type { Db } from '@release-manager/postgres';

import { MessageStore } from './message-store.ts';

/** So many messages of their own a channel gets within the span; what comes beyond is told together. */
const mostMessages = 20;
const spanMs = 10 * 60_000;

/**
 * The digest that tells of a new release in a channel which has had its share of messages; none while there is room. Failures
 * are not asked for: they get a message of their own. Within the caller's transaction, so that the digest is there as well.
 */
export async function digestFor(tx: Db, channel: string, at: Date): Promise<string | undefined> {
  const store = new MessageStore(tx);
  if ((await store.countSince(channel, new Date(at.getTime() - spanMs))) < mostMessages) return undefined;
  const window = new Date(Math.floor(at.getTime() / spanMs) * spanMs);
  const digest = `digest/${window.toISOString().slice(0, 16).replaceAll(':', '')}`;
  await store.add({ channel, group: digest }, { at });
  return digest;
}
