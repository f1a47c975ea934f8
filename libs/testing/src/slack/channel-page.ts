import { plainHtml } from '../plain-html.ts';
import { blockHtml, hiddenFields } from './block-html.ts';
import { channelStyle } from './channel-style.ts';
import type { FakeChannel, FakeSlackMessage } from './fake-channel.ts';
import { textHtml } from './mrkdwn-html.ts';

/** Who looks at a channel, and what only they are shown. */
export interface ChannelViewer {
  /** Slack id. */
  readonly id: string;
  /** Everybody who could look, by Slack id. */
  readonly people: ReadonlyMap<string, string>;
  /** Answers to what they clicked and typed, oldest first. */
  readonly answers: readonly string[];
}

/**
 * A channel as a person sees it, with its threads. Buttons and the command line are forms, so that they work without script;
 * nothing of a message can become markup or script here.
 */
export function channelPage(channel: FakeChannel, viewer: ChannelViewer): string {
  const context: Context = { channel, viewer };
  const shown = channel.timeline.map((message) => `${messageHtml(message, context)}${threadHtml(message, context)}`);
  const body = shown.length === 0 ? '<p class="note">No messages yet.</p>' : shown.join('\n');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="10">
<meta name="viewport" content="width=device-width"><title>#${plainHtml(channel.id)}</title><style>${channelStyle}</style></head>
<body><div class="fake">A stand-in for Slack: what the app sends is checked against Slack’s own reference. Nothing here leaves this machine.</div>
<header># ${plainHtml(channel.id)}${whoHtml(viewer, channel)}</header><main>${body}${viewer.answers.map(answerHtml).join('')}${commandHtml(context)}</main></body></html>`;
}

interface Context {
  readonly channel: FakeChannel;
  readonly viewer: ChannelViewer;
}

function whoHtml({ id, people }: ChannelViewer, channel: FakeChannel): string {
  if (people.size === 0) return '';
  const names = [...people].map(([each, name]) =>
    each === id
      ? `<b>${plainHtml(name)}</b>`
      : `<a href="/channels/${plainHtml(channel.id)}?as=${plainHtml(each)}">${plainHtml(name)}</a>`,
  );
  return `<small>You are ${names.join(' · ')}</small>`;
}

function threadHtml({ ts, threadTs }: FakeSlackMessage, context: Context): string {
  const replies = threadTs === undefined ? context.channel.repliesOf(ts) : [];
  if (replies.length === 0) return '';
  const many = replies.length === 1 ? '1 reply' : `${replies.length} replies`;
  const inner = replies.map((reply) => messageHtml(reply, context)).join('\n');
  return `<details class="thread" open><summary>${many}</summary>${inner}</details>`;
}

function messageHtml(message: FakeSlackMessage, { channel, viewer }: Context): string {
  const { ts, edits, broadcast, blocks, files, text } = message;
  const at = new Date(Number(ts) * 1000).toISOString().slice(11, 16);
  const edited = edits > 0 ? ' <span class="edited">(edited)</span>' : '';
  const note = broadcast ? '<div class="note">↩ also sent to the channel</div>' : '';
  const place = { action: `/channels/${channel.id}/press`, fields: { user: viewer.id, ts } };
  const { people } = viewer;
  const inner =
    blocks.length === 0
      ? `<div class="section">${textHtml(text, people)}</div>`
      : blocks.map((block) => blockHtml(block, place, people)).join('');
  const shared = files.map(
    ({ title, content }) => `<div><b>${plainHtml(title)}</b><pre>${plainHtml(content)}</pre></div>`,
  );
  return `<div class="message"><div class="face">R</div><div><div class="who"><b>Release Manager</b><span class="app">APP</span><time>${at}</time></div>${note}${inner}${shared.join('')}${edited}</div></div>`;
}

function answerHtml(text: string): string {
  return `<div class="message own"><div class="face">R</div><div><div class="note">👁 Only visible to you</div><div class="who"><b>Release Manager</b><span class="app">APP</span></div><div class="section">${textHtml(text)}</div></div></div>`;
}

function commandHtml({ channel, viewer }: Context): string {
  return `<form method="post" action="/channels/${plainHtml(channel.id)}/type"><div class="command">${hiddenFields({ user: viewer.id })}<span>/release</span><input type="text" name="text" placeholder="help" aria-label="The words behind /release"><button class="button">Send</button></div></form>`;
}
