import type { FakeChannel, FakeSlackMessage } from './fake-channel.ts';
import { inlineHtml, plainHtml } from './mrkdwn-html.ts';

const style = `
body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.46 Lato,"Helvetica Neue",Arial,sans-serif}
header{position:sticky;top:0;background:#fff;border-bottom:1px solid #ddd;padding:12px 20px;font-weight:900;font-size:18px}
main{max-width:860px;padding:8px 20px}
.message{display:grid;grid-template-columns:44px 1fr;padding:8px 0}
.face{width:36px;height:36px;border-radius:4px;background:#4a154b;color:#fff;display:grid;place-items:center;font-size:18px}
.who b{font-weight:900}.app{background:#e8e8e8;border-radius:2px;font-size:10px;padding:1px 3px;margin:0 6px;color:#616061}
time,.context,.edited,.note{color:#616061;font-size:12px}
.header{font-size:18px;font-weight:900;margin:4px 0}
.section,.context{margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;font:12px/1.5 Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0}
code{background:#f8f8f8;border:1px solid #ddd;border-radius:3px;padding:1px 3px;font-size:12px;color:#e01e5a}
.actions{display:flex;gap:8px;flex-wrap:wrap;margin:6px 0}
.button{border:1px solid #bbb;border-radius:4px;padding:4px 12px;font-weight:700;font-size:13px;background:#fff;color:inherit;text-decoration:none}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.danger{border-color:#e01e5a;color:#e01e5a}
.mention{background:#f2c74466;border-radius:3px;padding:0 2px;color:#1264a3}
a{color:#1264a3}hr{border:0;border-top:1px solid #ddd}
details{margin:4px 0 4px 44px;border-left:3px solid #ddd;padding-left:12px}summary{color:#1264a3;font-weight:700;cursor:pointer}
`;

/** A channel as a person sees it, with its threads and buttons. Nothing of a message can become markup or script here. */
export function channelPage(channel: FakeChannel): string {
  const shown = channel.timeline.map((message) => `${messageHtml(message)}${threadHtml(channel, message)}`);
  const body = shown.length === 0 ? '<p class="note">No messages yet.</p>' : shown.join('\n');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>#${plainHtml(channel.id)}</title><style>${style}</style></head>
<body><header># ${plainHtml(channel.id)}</header><main>${body}</main></body></html>`;
}

function threadHtml(channel: FakeChannel, { ts, threadTs }: FakeSlackMessage): string {
  const replies = threadTs === undefined ? channel.repliesOf(ts) : [];
  if (replies.length === 0) return '';
  const many = replies.length === 1 ? '1 reply' : `${replies.length} replies`;
  return `<details open><summary>${many}</summary>${replies.map(messageHtml).join('\n')}</details>`;
}

function messageHtml(message: FakeSlackMessage): string {
  const at = new Date(Number(message.ts) * 1000).toISOString().slice(11, 16);
  const edited = message.edits > 0 ? ' <span class="edited">(edited)</span>' : '';
  const note = message.broadcast ? '<div class="note">↩ also sent to the channel</div>' : '';
  const inner = message.blocks.length === 0 ? section(message.text) : message.blocks.map(blockHtml).join('');
  const files = message.files.map(
    ({ title, content }) => `<div><b>${plainHtml(title)}</b><pre>${plainHtml(content)}</pre></div>`,
  );
  return `<div class="message"><div class="face">R</div><div><div class="who"><b>Release Manager</b><span class="app">APP</span><time>${at}</time></div>${note}${inner}${files.join('')}${edited}</div></div>`;
}

function section(text: string): string {
  return text === '' ? '' : `<div class="section">${inlineHtml(text)}</div>`;
}

interface Piece {
  readonly type?: string;
  readonly text?: string;
}

function blockHtml(block: Readonly<Record<string, unknown>>): string {
  const text = block['text'] as Piece | undefined;
  const elements = (block['elements'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  switch (block['type']) {
    case 'header':
      return `<div class="header">${plainHtml(text?.text ?? '')}</div>`;
    case 'section':
      return `<div class="section">${pieceHtml(text)}</div>`;
    case 'context':
      return `<div class="context">${elements.map((each) => pieceHtml(each)).join(' ')}</div>`;
    case 'actions':
      return `<div class="actions">${elements.map(buttonHtml).join('')}</div>`;
    case 'divider':
      return '<hr>';
    case 'rich_text':
      return elements.map(preformattedHtml).join('');
    default:
      return '';
  }
}

function pieceHtml({ type, text = '' }: Piece = {}): string {
  return type === 'mrkdwn' ? inlineHtml(text) : plainHtml(text);
}

function preformattedHtml(element: Readonly<Record<string, unknown>>): string {
  const parts = (element['elements'] ?? []) as readonly Piece[];
  return `<pre>${parts.map(({ text = '' }) => plainHtml(text)).join('')}</pre>`;
}

function buttonHtml(button: Readonly<Record<string, unknown>>): string {
  const { text = '' } = (button['text'] ?? {}) as Piece;
  const look = button['style'] === 'danger' ? ' danger' : button['style'] === 'primary' ? ' primary' : '';
  const url = button['url'];
  return typeof url === 'string' && /^https?:\/\//.test(url)
    ? `<a class="button${look}" href="${plainHtml(url)}" rel="noreferrer">${plainHtml(text)}</a>`
    : `<span class="button${look}" data-action="${plainHtml(String(button['action_id']))}">${plainHtml(text)}</span>`;
}
