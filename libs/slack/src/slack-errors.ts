import { AppError, type ErrorKind } from '@release-manager/domain';
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';

interface Meaning {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

const again = 'It is tried again. If it stays so, see slack-status.com, SLACK_API_URL and the network.';

const unavailable: Meaning = {
  kind: 'unavailable',
  code: 'slack.unavailable',
  message: 'Slack does not answer as it should',
  next: again,
};
const badToken: Meaning = {
  kind: 'unauthenticated',
  code: 'slack.token',
  message: 'Slack refuses our token',
  next: 'Set SLACK_BOT_TOKEN to the “Bot User OAuth Token” of the app, and install the app if it was removed.',
};
const notInChannel: Meaning = {
  kind: 'forbidden',
  code: 'slack.not-in-channel',
  message: 'The app is not in the channel',
  next: 'Invite it there: /invite @release-manager',
};
const archived: Meaning = {
  kind: 'forbidden',
  code: 'slack.archived',
  message: 'The channel is archived',
  next: 'Name another channel in notifications of release-manager.yaml, or for the team in people.yaml.',
};
const channelGone: Meaning = {
  kind: 'not-found',
  code: 'slack.channel-gone',
  message: 'Slack knows no such channel, or the app may not see it',
  next: 'Check the id in release-manager.yaml or people.yaml, and invite the app where the channel is private.',
};
const messageGone: Meaning = {
  kind: 'not-found',
  code: 'slack.message-gone',
  message: 'The message is not there any more',
  next: 'Nothing has to be done: somebody deleted it.',
};
const forbidden: Meaning = {
  kind: 'forbidden',
  code: 'slack.forbidden',
  message: 'Slack forbids it',
  next: 'Ask whoever administers the workspace whether apps may post in that channel.',
};
const scope: Meaning = {
  kind: 'forbidden',
  code: 'slack.scope',
  message: 'The app lacks a scope',
  next: 'Add it to the app (docs/slack.md has the manifest), and install the app again.',
};
const refused: Meaning = {
  kind: 'invalid',
  code: 'slack.refused',
  message: 'Slack does not take this request',
  next: 'This is a mistake of the release manager: report it with the code that Slack gives.',
};

/** Slack's codes by what they mean for us; of every other one Slack has refused the request itself. */
const meanings = new Map<string, Meaning>([
  ...of(unavailable, ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org']),
  ...of(badToken, ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']),
  ...of(notInChannel, ['not_in_channel']),
  ...of(archived, ['is_archived']),
  ...of(channelGone, ['channel_not_found']),
  ...of(messageGone, ['message_not_found', 'thread_not_found', 'cannot_reply_to_message', 'message_deleted']),
  ...of(scope, ['missing_scope', 'not_allowed_token_type']),
  ...of(forbidden, [
    'no_permission',
    'access_denied',
    'cant_update_message',
    'edit_window_closed',
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
    'restricted_action_non_threadable_channel',
    'team_access_not_granted',
    'ekm_access_denied',
    'posting_to_general_channel_denied',
  ]),
]);

/** What Slack waits for where it names no time; the most that is believed. */
const pauseSeconds = 30;
const longestPauseSeconds = 3600;

/** The code of an answer that says no; nothing when there was no such answer. */
export function slackCode(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  // Of an answer that is no JSON the SDK gives the whole text.
  return /^[a-z][a-z0-9_.-]{1,80}$/.test(error.data.error) ? error.data.error : undefined;
}

/**
 * The error of a request, in words. The SDK's own is not attached as a cause: a logger writes causes out, and what an answer
 * or a request holds is nobody's business.
 * @param what for people: `posting to C0123ABCD`
 */
export function translateSlackError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  const code = slackCode(error);
  const retryAfter = retryAfterOf(error, code);
  if (retryAfter !== undefined) {
    return new AppError('limited', 'slack.rate-limited', `Slack takes no more requests for now: ${what}.`, {
      next: `It is tried again in ${retryAfter} s.`,
      details: { retryAfterSeconds: retryAfter },
    });
  }
  const { kind, code: ours, message, next } = meaningOf(error, code);
  const needed = neededScope(error);
  const said = code === undefined ? '' : ` (${code}${needed === undefined ? '' : `: ${needed}`})`;
  return new AppError(kind, ours, `${message}${said}: ${what}.`, {
    next,
    details: { ...(code === undefined ? {} : { slack: code }), ...(needed === undefined ? {} : { needed }) },
  });
}

function meaningOf(error: unknown, code: string | undefined): Meaning {
  if (code !== undefined) return meanings.get(code) ?? refused;
  // What was not answered, or not by Slack's API: a proxy's page, a 502, a connection that ended.
  if (error instanceof WebAPIHTTPError && error.statusCode >= 400 && error.statusCode < 500) return refused;
  return unavailable;
}

function retryAfterOf(error: unknown, code: string | undefined): number | undefined {
  if (error instanceof WebAPIRateLimitedError) return pauseOf(error.retryAfter);
  if (code === 'ratelimited' || code === 'rate_limited') return pauseSeconds;
  // The SDK's words for a 429 without a time.
  const isBare = error instanceof Error && error.message.startsWith('Retry header did not contain');
  return isBare ? pauseSeconds : undefined;
}

function pauseOf(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 1), longestPauseSeconds);
}

function neededScope(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  const { needed } = error.data as { readonly needed?: unknown };
  return typeof needed === 'string' && /^[a-z:.,_-]{1,200}$/.test(needed) ? needed : undefined;
}

function of(meaning: Meaning, codes: readonly string[]): readonly (readonly [string, Meaning])[] {
  return codes.map((code) => [code, meaning]);
}
