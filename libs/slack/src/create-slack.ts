import { AppError } from '@release-manager/domain';
import { LogLevel, WebClient, type Logger } from '@slack/web-api';

import { findMessage } from './find-message.ts';
import { slackCode, translateSlackError } from './slack-errors.ts';
import { toSdkBlocks, toSdkMetadata } from './slack-request.ts';
import type { Slack, SlackAuth, SlackMessage, SlackPost } from './slack.ts';
import { uploadSnippet } from './upload-snippet.ts';

export interface SlackOptions {
  readonly auth: SlackAuth;
  /** Address of the Web API: `https://slack.com/api`. */
  readonly baseUrl: string;
  readonly fetch?: typeof fetch;
  /** Milliseconds that one request may take; 10 s by default. */
  readonly timeoutMs?: number;
}

/** The SDK writes answers into its log; whoever calls us says what matters. */
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

type Ask = <Result>(
  what: string,
  signal: AbortSignal | undefined,
  work: (client: WebClient) => Promise<Result>,
) => Promise<Result>;

export function createSlack(options: SlackOptions): Slack {
  const ask: Ask = async (what, signal, work) => {
    signal?.throwIfAborted();
    try {
      return await work(clientFor(options, signal));
    } catch (error) {
      throw translateSlackError(error, what);
    }
  };
  return {
    post: (message, signal) => post(ask, message, signal),
    edit: ({ channel, ts }, message, signal) =>
      ask(`editing a message of ${channel}`, signal, async (client) => {
        await client.chat.update({ channel, ts, ...contentsOf(message) });
      }),
    findMessage: (search, wanted, signal) =>
      ask(`looking for a message of ours in ${search.channel}`, signal, (client) =>
        findMessage(client, search, wanted),
      ),
    uploadSnippet: (snippet, signal) =>
      ask(`sharing a snippet in ${snippet.channel}`, signal, (client) =>
        uploadSnippet(client, snippet, (url, init) => sender(options, signal)(url, init)),
      ),
    lookupUserByEmail: (email, signal) =>
      ask('looking somebody up by e-mail', signal, async (client) => {
        try {
          return (await client.users.lookupByEmail({ email })).user?.id;
        } catch (error) {
          if (slackCode(error) === 'users_not_found') return undefined;
          throw error;
        }
      }),
    authTest: (signal) =>
      ask('asking who we are', signal, async (client) => {
        const { team = '', user = '', response_metadata: more } = await client.auth.test();
        return { team, user, scopes: more?.scopes };
      }),
  };
}

/** One client per request, since the SDK knows no signal of a single one. It holds nothing but settings. */
function clientFor(options: SlackOptions, signal: AbortSignal | undefined): WebClient {
  return new WebClient(options.auth.token, {
    slackApiUrl: `${options.baseUrl.replace(/\/+$/, '')}/`,
    fetch: sender(options, signal),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  });
}

function sender({ fetch: send = fetch, timeoutMs = 10_000 }: SlackOptions, signal?: AbortSignal): typeof fetch {
  const timeout = AbortSignal.timeout(timeoutMs);
  return (input, init) =>
    send(input, { ...init, signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]) });
}

function post(ask: Ask, { channel, threadTs, broadcast, ...message }: SlackPost, signal?: AbortSignal) {
  return ask(`posting to ${channel}`, signal, async ({ chat: { postMessage: send } }) => {
    const contents = { channel, ...contentsOf(message), unfurl_links: false, unfurl_media: false };
    const { ts, channel: at = channel } = await (threadTs === undefined
      ? send(contents)
      : send({ ...contents, thread_ts: threadTs, reply_broadcast: broadcast === true }));
    if (ts === undefined) throw unreadable('chat.postMessage');
    return { channel: at, ts };
  });
}

function contentsOf({ text, blocks, metadata }: SlackMessage) {
  return {
    text,
    blocks: toSdkBlocks(blocks),
    ...(metadata === undefined ? {} : { metadata: toSdkMetadata(metadata) }),
  };
}

function unreadable(method: string): AppError {
  return new AppError('unavailable', 'slack.unavailable', `Slack’s answer to ${method} names no message.`);
}
