import type { IncomingMessage, ServerResponse } from 'node:http';

import { channelPage, type ChannelViewer } from './channel-page.ts';
import type { FakeChannel } from './fake-channel.ts';
import { answerPrefix, type FakeInteractions } from './interactions.ts';

export interface ChannelPlaces {
  readonly channels: ReadonlyMap<string, FakeChannel>;
  /** Names by Slack id. */
  readonly names: ReadonlyMap<string, string>;
  readonly responses: { readonly name: string; readonly text: string }[];
  readonly interactions: FakeInteractions;
}

const path = /^\/channels\/([A-Z0-9]+)(?:\/(press|type))?$/;
/** Forms go back to where they came from, and nowhere else. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Shows a channel, and takes what a browser posts of its forms. @returns whether it was a page of a channel */
export async function serveChannel(
  places: ChannelPlaces,
  request: IncomingMessage,
  response: ServerResponse,
  body: () => Promise<Buffer>,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, id = '', deed] = path.exec(url.pathname) ?? [];
  const channel = places.channels.get(id);
  if (channel === undefined) return false;
  const { method } = request;
  if (deed === undefined && method === 'GET') show(places, channel, url.searchParams.get('as'), response);
  else if (deed === undefined || method !== 'POST') response.writeHead(405).end();
  else if (isForeign(request)) response.writeHead(403).end('A form of another page.');
  else {
    const form = new URLSearchParams((await body()).toString());
    const user = await act(places, channel, deed, form);
    response.writeHead(303, { location: `/channels/${channel.id}?as=${encodeURIComponent(user)}` }).end();
  }
  return true;
}

/** Whether another site had the browser send it: whoever reads the page may press, and nobody through them. */
function isForeign({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined && headers.origin !== `http://${headers.host ?? ''}`;
}

function show(
  { names, responses }: ChannelPlaces,
  channel: FakeChannel,
  as: string | null,
  response: ServerResponse,
): void {
  const [first = 'U0NOBODY'] = names.keys();
  const id = as !== null && names.has(as) ? as : first;
  const prefix = answerPrefix(channel.id, id);
  const answers = responses.filter(({ name }) => name.startsWith(prefix)).map(({ text }) => text);
  const viewer: ChannelViewer = { id, people: names, answers };
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
  response.end(channelPage(channel, viewer));
}

/** @returns who did it; what Slack would not do, or the app refused, they are told as an answer */
async function act(
  { interactions, responses }: ChannelPlaces,
  { id: channel }: FakeChannel,
  deed: string,
  form: URLSearchParams,
): Promise<string> {
  const given = (name: string): string => form.get(name) ?? '';
  const user = given('user');
  const block = given('block');
  const button = { action: given('action'), ...(block === '' ? {} : { block }) };
  try {
    if (deed === 'type') await interactions.type(user, channel, given('text'));
    else await interactions.press(user, { channel, ts: given('ts') }, button);
  } catch (error) {
    responses.push({ name: `${answerPrefix(channel, user)}error`, text: `:warning: ${(error as Error).message}` });
  }
  return user;
}
