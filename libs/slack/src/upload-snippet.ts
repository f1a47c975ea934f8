import { AppError } from '@release-manager/domain';
import type { WebClient } from '@slack/web-api';

import type { SlackSnippet } from './slack.ts';

type Send = (
  url: string,
  init: { method: string; body: Uint8Array<ArrayBuffer>; redirect: 'error' },
) => Promise<Response>;

/**
 * In Slack's three steps. Only the last one shows it to anybody: what ends before leaves a file that nobody sees and Slack
 * forgets. Throws the SDK's errors.
 */
export async function uploadSnippet(client: WebClient, snippet: SlackSnippet, send: Send): Promise<void> {
  const body = new TextEncoder().encode(snippet.content);
  const { upload_url: url, file_id: id } = await client.files.getUploadURLExternal({
    filename: snippet.filename,
    length: body.byteLength,
    snippet_type: 'text',
  });
  if (url === undefined || id === undefined) throw failed('names no place for the file');
  // Without the token: the address is the permission.
  const response = await send(url, { method: 'POST', body, redirect: 'error' }).catch(() => undefined);
  if (response?.ok !== true)
    throw failed(`did not take the file${response === undefined ? '' : ` (${response.status})`}`);
  await client.files.completeUploadExternal({
    files: [{ id, title: snippet.title }],
    channel_id: snippet.channel,
    thread_ts: snippet.threadTs,
    ...(snippet.comment === undefined ? {} : { initial_comment: snippet.comment }),
  });
}

function failed(what: string): AppError {
  return new AppError('unavailable', 'slack.unavailable', `Slack ${what}.`, { next: 'It is tried again.' });
}
