import { z } from 'zod';

import { parseCommand, type ChatPlace, type ParsedCommand } from '../chat/index.ts';
import { readButtonValue, SlackAction, type SlackButtonValue } from '../slack/index.ts';

/** What somebody did in Slack. */
export type Interaction =
  | {
      readonly kind: 'asks';
      /** Slack id. */
      readonly user: string;
      readonly asked: ParsedCommand;
      /** Where the answer may be posted for half an hour. */
      readonly responseUrl: string;
      /** Whether the answer to the request itself is shown to them. */
      readonly isCommand: boolean;
    }
  /** Nothing has to be done: a link that was opened, or Slack looking whether somebody is there. */
  | { readonly kind: 'nothing' };

const id = z.string().regex(/^[A-Z0-9]{2,30}$/);
const url = z.string().max(500);
const Command = z.object({
  command: z.string().max(100),
  // Postgres keeps no NUL.
  text: z
    .string()
    .max(4000)
    .transform((text) => text.replaceAll('\0', ' '))
    .default(''),
  user_id: id,
  response_url: url,
});
const Click = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id }),
  response_url: url,
  actions: z.array(z.object({ action_id: z.string().max(255), value: z.string().max(2000).optional() })).min(1),
});

/** What a button that is pressed and nothing else can say of the reason. */
const reasons = { rollback: 'rolled back by a button in Slack', hold: 'held by a button in Slack' } as const;

/**
 * Reads the body of a request that Slack signed: a form, of a slash command or with a `payload` of JSON.
 * @returns nothing for what Slack does not send, or for something that this manager did not put there
 */
export function readInteraction(body: string): Interaction | undefined {
  const form = new URLSearchParams(body);
  if (form.get('ssl_check') === '1') return { kind: 'nothing' };
  const payload = form.get('payload');
  return payload === null ? readCommand(form) : readClick(payload);
}

function readCommand(form: URLSearchParams): Interaction | undefined {
  const parsed = Command.safeParse(Object.fromEntries(form));
  if (!parsed.success) return undefined;
  const { command, text, user_id: user, response_url: responseUrl } = parsed.data;
  const place: ChatPlace = { prefix: `${command} `, from: 'rolled back in Slack', verb: 'release' };
  return { kind: 'asks', user, asked: parseCommand(text, place), responseUrl, isCommand: true };
}

function readClick(payload: string): Interaction | undefined {
  const parsed = Click.safeParse(parseJson(payload));
  if (!parsed.success) return undefined;
  const { user, response_url: responseUrl, actions } = parsed.data;
  const [pressed] = actions;
  const action = SlackAction.safeParse(pressed?.action_id).data;
  if (action === undefined) return undefined;
  if (action === 'release.open') return { kind: 'nothing' };
  const value = readButtonValue(pressed?.value ?? '');
  if (value === undefined) return undefined;
  const asked = { kind: 'command', command: commandOf(action, value) } as const;
  return { kind: 'asks', user: user.id, asked, responseUrl, isCommand: false };
}

/** What was shown is what counts: a rollback of something that is not there any more is told so by the operation. */
function commandOf(
  action: Exclude<SlackAction, 'release.open'>,
  { release, service, environment, artifact }: SlackButtonValue,
): Extract<ParsedCommand, { kind: 'command' }>['command'] {
  switch (action) {
    case 'release.rollback':
      return { verb: 'rollback', service, environment, from: artifact, reason: reasons.rollback };
    case 'release.hold':
      // A button has no reason of its own: it must not take the place of one that somebody gave.
      return { verb: 'hold', service, environment, reason: reasons.hold, unlessHeld: true };
    case 'release.resume':
      return { verb: 'resume', service, environment };
    case 'release.retry':
      return { verb: 'retry', release };
    case 'release.logs':
      return { verb: 'logs', release };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
