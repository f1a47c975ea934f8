import type { SlackBlock } from './blocks.ts';

/** Who the manager is to Slack. */
export interface SlackAuth {
  /** A bot token, `xoxb-…`. */
  readonly token: string;
}

/** What an app hides in a message, so that it finds the message again. */
export interface SlackMetadata {
  /** `release_manager_release`: letters, digits and `_`. */
  readonly eventType: string;
  readonly payload: Readonly<Record<string, string>>;
}

export interface SlackMessage {
  /** What notifications and screen readers say; read for markup like a block. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly metadata?: SlackMetadata | undefined;
}

/** Where a message is: its `ts` is its id within the channel. */
export interface SlackPlace {
  readonly channel: string;
  readonly ts: string;
}

export interface SlackPost extends SlackMessage {
  readonly channel: string;
  /** The parent: makes it a reply in its thread. */
  readonly threadTs?: string | undefined;
  /** A reply that is shown in the channel as well. */
  readonly broadcast?: boolean | undefined;
}

export interface SlackSearch {
  readonly channel: string;
  /** Looks into that thread instead of the channel. */
  readonly threadTs?: string | undefined;
  /** Not before that moment. */
  readonly since: Date;
}

/** What was asked for: a message with that metadata, or one that shares a file of that name. */
export type SlackWanted = { readonly metadata: SlackMetadata } | { readonly filename: string };

export interface SlackSnippet {
  readonly channel: string;
  readonly threadTs: string;
  /** With its ending; also how the snippet is found again, so it has to be its own. */
  readonly filename: string;
  readonly title: string;
  readonly content: string;
  /** Said beside it; read for markup. */
  readonly comment?: string | undefined;
}

/** What Slack says of our token. */
export interface SlackAccess {
  readonly team: string;
  readonly user: string;
  /** Nothing where Slack does not tell, as fakes and proxies may. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * Slack, as far as we need it. Nothing is tried twice in here: who calls knows whether that is safe.
 *
 * Every method throws AppError: `limited` `slack.rate-limited` with `retryAfterSeconds` in its details; `unavailable`
 * `slack.unavailable` where Slack did not answer or failed itself, so that nobody knows whether it was done;
 * `unauthenticated` `slack.token`; `forbidden` `slack.scope`, `slack.not-in-channel`, `slack.archived`, `slack.forbidden`;
 * `not-found` `slack.channel-gone`, `slack.message-gone`; `invalid` `slack.refused` for what Slack does not take.
 */
export interface Slack {
  post(message: SlackPost, signal?: AbortSignal): Promise<SlackPlace>;
  edit(place: SlackPlace, message: SlackMessage, signal?: AbortSignal): Promise<void>;
  /** The newest message of ours; needs `channels:history`, and `groups:history` for private channels. */
  findMessage(search: SlackSearch, wanted: SlackWanted, signal?: AbortSignal): Promise<SlackPlace | undefined>;
  /** Shares a text as a file in a thread; needs `files:write`. */
  uploadSnippet(snippet: SlackSnippet, signal?: AbortSignal): Promise<void>;
  /** The id of whoever has that e-mail; needs `users:read.email`. */
  lookupUserByEmail(email: string, signal?: AbortSignal): Promise<string | undefined>;
  authTest(signal?: AbortSignal): Promise<SlackAccess>;
}
