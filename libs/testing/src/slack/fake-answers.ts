import { FakeChannel, type FakeSlackFile } from './fake-channel.ts';
import { faultsOfMessage } from './message-schema.ts';
import type { SlackArguments } from './method-table.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { slackLimits } from './slack-limits.ts';

/** Everything that the workspace remembers. */
export interface FakeWorkspace {
  readonly channels: Map<string, FakeChannel>;
  /** Ids of people by e-mail. */
  readonly people: Map<string, string>;
  readonly uploads: Map<string, { readonly name: string; readonly length: number; content?: string }>;
  readonly misfits: string[];
  readonly limiter: RateLimiter;
  /** Absent: nothing is limited. */
  readonly limited: boolean;
  readonly now: () => Date;
  /** Where uploads go. */
  uploadUrl(id: string): string;
}

export type SlackAnswer = Readonly<Record<string, unknown>> & { readonly retryAfter?: number };

const no = (error: string, more: object = {}): SlackAnswer => ({ ok: false, error, ...more });

type Answerer = (given: SlackArguments, workspace: FakeWorkspace) => SlackAnswer;

export const slackAnswers: Readonly<Record<string, Answerer>> = {
  'auth.test': () => ({ ok: true, team: 'Fake', user: 'release-manager', user_id: 'U0FAKEBOT', bot_id: 'B0FAKEBOT' }),

  'chat.postMessage': (given, workspace) => {
    const channel = workspace.channels.get(String(given['channel']));
    const refusal = refusalOf(channel) ?? faultOf('chat.postMessage', given, workspace);
    if (channel === undefined || refusal !== undefined) return refusal ?? no('channel_not_found');
    const threadTs = given['thread_ts'] as string | undefined;
    if (threadTs !== undefined && channel.find(threadTs) === undefined) return no('thread_not_found');
    const wait = workspace.limited
      ? workspace.limiter.take(`post ${channel.id}`, { most: 1, seconds: slackLimits.channelSeconds }, workspace.now())
      : undefined;
    if (wait !== undefined) return no('ratelimited', { retryAfter: wait });
    const message = channel.add(
      {
        ...contentsOf(given),
        ...(threadTs === undefined ? {} : { threadTs }),
        broadcast: given['reply_broadcast'] === true,
        files: [],
      },
      workspace.now(),
    );
    return { ok: true, channel: channel.id, ts: message.ts, message: { type: 'message', text: message.text } };
  },

  'chat.update': (given, workspace) => {
    const channel = workspace.channels.get(String(given['channel']));
    const refusal = refusalOf(channel) ?? faultOf('chat.update', given, workspace);
    if (channel === undefined || refusal !== undefined) return refusal ?? no('channel_not_found');
    const ts = String(given['ts']);
    if (channel.find(ts) === undefined) return no('message_not_found');
    channel.replace(ts, contentsOf(given));
    return { ok: true, channel: channel.id, ts, text: given['text'] };
  },

  'conversations.history': (given, workspace) => {
    const channel = workspace.channels.get(String(given['channel']));
    if (channel === undefined) return no('channel_not_found');
    if (!channel.isMember) return no('not_in_channel');
    return page([...channel.timeline].toReversed(), given);
  },

  'conversations.replies': (given, workspace) => {
    const channel = workspace.channels.get(String(given['channel']));
    if (channel === undefined) return no('channel_not_found');
    const parent = channel.find(String(given['ts']));
    return parent === undefined ? no('thread_not_found') : page([parent, ...channel.repliesOf(parent.ts)], given);
  },

  'files.getUploadURLExternal': (given, workspace) => {
    const id = `F0FAKE${String(workspace.uploads.size + 1).padStart(4, '0')}`;
    workspace.uploads.set(id, { name: String(given['filename']), length: Number(given['length']) });
    return { ok: true, file_id: id, upload_url: workspace.uploadUrl(id) };
  },

  'files.completeUploadExternal': (given, workspace) => {
    const channel = workspace.channels.get(String(given['channel_id']));
    const refusal = refusalOf(channel);
    if (channel === undefined || refusal !== undefined) return refusal ?? no('channel_not_found');
    const asked = given['files'] as readonly { readonly id: string; readonly title?: string }[];
    const files = asked.flatMap(({ id, title }): FakeSlackFile[] => {
      const upload = workspace.uploads.get(id);
      if (upload?.content === undefined) return [];
      return [{ id, name: upload.name, title: title ?? upload.name, content: upload.content }];
    });
    if (files.length < asked.length) return no('file_not_found');
    const threadTs = given['thread_ts'] as string | undefined;
    channel.add(
      {
        text: (given['initial_comment'] as string | undefined) ?? '',
        blocks: [],
        ...(threadTs === undefined ? {} : { threadTs }),
        broadcast: false,
        files,
      },
      workspace.now(),
    );
    return { ok: true, files: files.map(({ id, title }) => ({ id, title })) };
  },

  'users.lookupByEmail': (given, { people }) => {
    const id = people.get(String(given['email']).toLowerCase());
    return id === undefined ? no('users_not_found') : { ok: true, user: { id } };
  },
};

function refusalOf(channel: FakeChannel | undefined): SlackAnswer | undefined {
  if (channel === undefined) return no('channel_not_found');
  if (channel.isArchived) return no('is_archived');
  return channel.isMember ? undefined : no('not_in_channel');
}

function faultOf(method: string, given: SlackArguments, { misfits }: FakeWorkspace): SlackAnswer | undefined {
  const faults = faultsOfMessage(given);
  misfits.push(...faults.map(({ error, detail }) => `${method}: ${error}: ${detail}`));
  const [first] = faults;
  if (first === undefined) return undefined;
  return no(first.error, { response_metadata: { messages: faults.map(({ detail }) => `[ERROR] ${detail}`) } });
}

function contentsOf(given: SlackArguments) {
  const metadata = given['metadata'] as { event_type: string; event_payload: Record<string, unknown> } | undefined;
  return {
    text: String(given['text']),
    blocks: (given['blocks'] ?? []) as readonly Readonly<Record<string, unknown>>[],
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function page(
  messages: readonly { readonly ts: string; readonly metadata?: unknown; readonly files: readonly FakeSlackFile[] }[],
  given: SlackArguments,
): SlackAnswer {
  const oldest = Number(given['oldest'] ?? 0);
  const limit = Math.min(Number(given['limit'] ?? 100), 999);
  const from = Number((given['cursor'] as string | undefined)?.replace('next:', '') ?? 0);
  const all = messages.filter(({ ts }) => Number(ts) > oldest);
  const shown = all.slice(from, from + limit).map(({ ts, metadata, files }) => ({
    type: 'message',
    ts,
    ...(given['include_all_metadata'] === true && metadata !== undefined ? { metadata } : {}),
    files: files.map(({ id, name, title }) => ({ id, name, title })),
  }));
  const more = from + limit < all.length;
  return {
    ok: true,
    messages: shown,
    has_more: more,
    response_metadata: { next_cursor: more ? `next:${from + limit}` : '' },
  };
}
