import { slackLimits } from './slack-limits.ts';

/** How an argument is written into a form. */
type ArgumentKind = 'text' | 'boolean' | 'number' | 'json';

export interface SlackMethod {
  /** The arguments that Slack documents and we may use; any other is a mistake of ours. */
  readonly arguments: Readonly<Record<string, ArgumentKind>>;
  readonly required: readonly string[];
  readonly scope: string | undefined;
  readonly perMinute: number;
}

const { tiers, special } = slackLimits;
const message = {
  channel: 'text',
  text: 'text',
  blocks: 'json',
  metadata: 'json',
  parse: 'text',
  link_names: 'boolean',
} as const;
const timeline = {
  channel: 'text',
  cursor: 'text',
  limit: 'number',
  oldest: 'text',
  latest: 'text',
  inclusive: 'boolean',
  include_all_metadata: 'boolean',
} as const;

/** Methods of the Web API by docs.slack.dev/reference/methods: arguments, scope of a bot token, tier. */
export const slackMethods: Readonly<Record<string, SlackMethod>> = {
  'auth.test': { arguments: {}, required: [], scope: undefined, perMinute: special },
  'chat.postMessage': {
    arguments: {
      ...message,
      thread_ts: 'text',
      reply_broadcast: 'boolean',
      unfurl_links: 'boolean',
      unfurl_media: 'boolean',
      mrkdwn: 'boolean',
    },
    required: ['channel'],
    scope: 'chat:write',
    perMinute: special,
  },
  'chat.update': {
    arguments: { ...message, ts: 'text', reply_broadcast: 'boolean' },
    required: ['channel', 'ts'],
    scope: 'chat:write',
    perMinute: tiers[3],
  },
  'conversations.history': {
    arguments: timeline,
    required: ['channel'],
    scope: 'channels:history',
    perMinute: tiers[3],
  },
  'conversations.replies': {
    arguments: { ...timeline, ts: 'text' },
    required: ['channel', 'ts'],
    scope: 'channels:history',
    perMinute: tiers[3],
  },
  'files.getUploadURLExternal': {
    arguments: { filename: 'text', length: 'number', alt_text: 'text', snippet_type: 'text' },
    required: ['filename', 'length'],
    scope: 'files:write',
    perMinute: tiers[4],
  },
  'files.completeUploadExternal': {
    arguments: { files: 'json', channel_id: 'text', thread_ts: 'text', initial_comment: 'text' },
    required: ['files'],
    scope: 'files:write',
    perMinute: tiers[4],
  },
  'users.lookupByEmail': {
    arguments: { email: 'text' },
    required: ['email'],
    scope: 'users:read.email',
    perMinute: tiers[3],
  },
};

export type SlackArguments = Readonly<Record<string, unknown>>;

/** The arguments of a request as they are meant, and what Slack's reference has against them. */
export function readArguments(
  method: SlackMethod,
  form: URLSearchParams,
): { readonly given: SlackArguments; readonly faults: readonly string[] } {
  const given: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, raw] of form) {
    const kind = method.arguments[name];
    const value = kind === undefined ? undefined : read(kind, raw);
    if (value === undefined) faults.push(kind === undefined ? `there is no argument ${name}` : `${name} is no ${kind}`);
    else given[name] = value;
  }
  const missing = method.required.filter((name) => given[name] === undefined || given[name] === '');
  return { given, faults: [...faults, ...missing.map((name) => `${name} is missing`)] };
}

function read(kind: ArgumentKind, raw: string): unknown {
  switch (kind) {
    case 'text':
      return raw;
    case 'boolean':
      return raw === 'true' ? true : raw === 'false' ? false : undefined;
    case 'number':
      return /^\d{1,9}$/.test(raw) ? Number(raw) : undefined;
    case 'json':
      try {
        return JSON.parse(raw) as unknown;
      } catch {
        return undefined;
      }
  }
}
