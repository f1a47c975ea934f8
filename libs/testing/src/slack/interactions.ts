import { createHmac } from 'node:crypto';

import type { FakeChannel, FakeSlackMessage } from './fake-channel.ts';

/** The request URL of the app, and the secret that it checks requests with. */
export interface SlackTarget {
  readonly url: string;
  readonly signingSecret: string;
}

/** One button of a message. */
export interface PressedButton {
  /** `action_id` */
  readonly action: string;
  /** `block_id`, where several rows have such a button; the first one otherwise. */
  readonly block?: string;
}

/** What people do in Slack, signed and sent to the app as Slack does. */
export interface FakeInteractions {
  /** From now on clicks and commands go there; nowhere when undefined. */
  to(target: SlackTarget | undefined): void;
  /** @returns the name under which the answer will be among the responses. @throws Error when the app refuses, or the button is not there */
  press(user: string, message: Pick<FakeSlackMessage, 'channel' | 'ts'>, button: PressedButton): Promise<string>;
  /** The text behind `/release`. @throws Error when the app refuses */
  type(user: string, channel: string, text: string): Promise<string>;
}

export interface InteractionDeps {
  readonly channels: ReadonlyMap<string, FakeChannel>;
  readonly now: () => Date;
  readonly responseUrl: (name: string) => string;
  /** Takes what the app answers at once. */
  readonly answered: (name: string, text: string) => void;
}

/** Slack waits three seconds; a machine under tests is slower. */
const patienceMs = 10_000;

/** How answers to somebody in a channel are named: only they are shown them. */
export function answerPrefix(channel: string, user: string): string {
  return `${channel}-${user}-`;
}

export function makeInteractions({ channels, now, responseUrl, answered }: InteractionDeps): FakeInteractions {
  let target: SlackTarget | undefined;
  let count = 0;
  const nameOf = (channel: string, user: string): string => `${answerPrefix(channel, user)}${(count += 1)}`;

  const tell = async (name: string, form: Readonly<Record<string, string>>): Promise<void> => {
    if (target === undefined) throw new Error('No app listens: its request URL is not set.');
    const body = new URLSearchParams(form).toString();
    const time = String(Math.floor(now().getTime() / 1000));
    const mac = createHmac('sha256', target.signingSecret).update(`v0:${time}:${body}`).digest('hex');
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': time,
        'x-slack-signature': `v0=${mac}`,
      },
      body,
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The app did not take it (HTTP ${response.status}): ${text}`);
    const said: unknown = text === '' ? undefined : (JSON.parse(text) as { readonly text?: unknown }).text;
    if (typeof said === 'string') answered(name, said);
  };

  return {
    to(next) {
      target = next;
    },
    async press(user, { channel, ts }, pressed) {
      const message = channels.get(channel)?.find(ts);
      const button = message === undefined ? undefined : findButton(message, pressed);
      if (button === undefined) throw new Error(`There is no button ${pressed.action} on this message any more.`);
      const name = nameOf(channel, user);
      const at = `${Math.floor(now().getTime() / 1000)}.${String(count).padStart(6, '0')}`;
      const payload = {
        type: 'block_actions',
        user: { id: user },
        trigger_id: `${at}.${user}`,
        channel: { id: channel },
        container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
        message: { type: 'message', ts },
        response_url: responseUrl(name),
        actions: [{ ...button, type: 'button', action_ts: at }],
      };
      await tell(name, { payload: JSON.stringify(payload) });
      return name;
    },
    async type(user, channel, text) {
      const name = nameOf(channel, user);
      const trigger = `${now().getTime()}.${count}`;
      const command = { command: '/release', text, user_id: user, channel_id: channel, trigger_id: trigger };
      await tell(name, { ...command, response_url: responseUrl(name) });
      return name;
    },
  };
}

/** With the row that it stands in, as Slack names it. */
function findButton(
  { blocks }: FakeSlackMessage,
  { action, block }: PressedButton,
): Readonly<Record<string, unknown>> | undefined {
  return blocks
    .filter(({ type, block_id: id }) => type === 'actions' && (block === undefined || id === block))
    .flatMap(({ block_id, elements }) =>
      ((elements ?? []) as readonly Readonly<Record<string, unknown>>[]).map((each) => ({ ...each, block_id })),
    )
    .find((each) => (each as Readonly<Record<string, unknown>>)['action_id'] === action);
}
