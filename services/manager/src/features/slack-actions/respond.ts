import { AppError } from '@release-manager/domain';

import type { ChatAnswer, ChatRequest } from '../chat/index.ts';
import { answerText } from './answer-text.ts';

/** Where Slack takes answers: its own, and that of its clouds for governments. */
const slackHosts: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);
const timeoutMs = 10_000;

/** Whether an address is Slack's: the request was signed, and still nobody sends us anywhere else. */
export function isResponseUrl(address: string, apiUrl: string): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '') return false;
  // A Slack of one's own, as in a test, answers where its API is.
  const isOurs = !new URL(apiUrl).hostname.endsWith('slack.com') && url.origin === new URL(apiUrl).origin;
  return isOurs || (url.protocol === 'https:' && url.port === '' && slackHosts.has(url.hostname));
}

/**
 * Shows an answer to whoever asked, and to nobody else.
 * @throws AppError unavailable `slack.respond`, to be tried again. An address that counts no more is no error: Slack takes answers
 *   for half an hour, and what was done stands in the message of the release.
 */
export function createResponder(send: typeof fetch): (request: ChatRequest, answer: ChatAnswer) => Promise<void> {
  return async ({ reply }, answer) => {
    const url = reply?.['responseUrl'];
    if (url === undefined) return;
    const status = await post(send, url, answer);
    if (status < 500 && status !== 429) return;
    throw new AppError('unavailable', 'slack.respond', `Slack did not take an answer (HTTP ${status}).`);
  };
}

async function post(send: typeof fetch, url: string, answer: ChatAnswer): Promise<number> {
  try {
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: answerText(answer) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    // The address is as good as a password for half an hour: it is not part of what is said.
    throw new AppError('unavailable', 'slack.respond', 'Slack could not be reached for an answer.', {
      cause: withoutUrl(error),
    });
  }
}

function withoutUrl(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
