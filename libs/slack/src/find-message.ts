import type { WebClient } from '@slack/web-api';

import type { SlackMetadata, SlackPlace, SlackSearch, SlackWanted } from './slack.ts';

/** What is read of a message of Slack's; whatever else it holds is theirs. */
interface Seen {
  readonly ts?: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown };
  readonly files?: readonly { readonly name?: string | null }[];
}

interface Page {
  readonly messages?: readonly unknown[];
  readonly response_metadata?: { readonly next_cursor?: string };
}

/** Slack recommends 200 at once, and whoever looks for what was sent a moment ago does not turn many pages. */
const atOnce = 200;
const mostPages = 10;

/** The newest message that is the one; a channel gives its newest first, a thread its oldest. Throws the SDK's errors. */
export async function findMessage(
  client: WebClient,
  search: SlackSearch,
  wanted: SlackWanted,
): Promise<SlackPlace | undefined> {
  const inThread = search.threadTs !== undefined;
  let found: string | undefined;
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await readPage(client, search, cursor);
    const matching = ((answer.messages ?? []) as readonly Seen[]).filter((message) => isWanted(message, wanted));
    found = newest([found, ...matching.map(({ ts }) => ts)]);
    cursor = answer.response_metadata?.next_cursor ?? '';
    if (cursor === '' || (found !== undefined && !inThread)) break;
  }
  return found === undefined ? undefined : { channel: search.channel, ts: found };
}

function readPage(client: WebClient, { channel, threadTs, since }: SlackSearch, cursor?: string): Promise<Page> {
  const asked = {
    channel,
    oldest: String(since.getTime() / 1000),
    include_all_metadata: true,
    limit: atOnce,
    ...(cursor === undefined ? {} : { cursor }),
  };
  return threadTs === undefined
    ? client.conversations.history(asked)
    : client.conversations.replies({ ...asked, ts: threadTs });
}

function newest(all: readonly (string | undefined)[]): string | undefined {
  const given = all.filter((ts) => ts !== undefined);
  return given.toSorted((a, b) => Number(b) - Number(a))[0];
}

function isWanted({ metadata, files }: Seen, wanted: SlackWanted): boolean {
  if ('filename' in wanted) return (files ?? []).some(({ name }) => name === wanted.filename);
  return metadata?.event_type === wanted.metadata.eventType && holds(metadata.event_payload, wanted.metadata);
}

function holds(payload: unknown, { payload: wanted }: SlackMetadata): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const has = new Map<string, unknown>(Object.entries(payload));
  return Object.entries(wanted).every(([key, value]) => has.get(key) === value);
}
