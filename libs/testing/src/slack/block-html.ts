import { plainHtml } from '../plain-html.ts';
import { textHtml, type People } from './mrkdwn-html.ts';

/** What the buttons of a message need to work on a page without script. */
export interface ButtonPlace {
  /** Where a click is posted to. */
  readonly action: string;
  /** Sent along. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Piece {
  readonly type?: string;
  readonly text?: string;
}

/** A block as Slack shows it. */
export function blockHtml(block: Readonly<Record<string, unknown>>, place: ButtonPlace, people: People): string {
  const text = block['text'] as Piece | undefined;
  const id = typeof block['block_id'] === 'string' ? block['block_id'] : '';
  const elements = (block['elements'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  switch (block['type']) {
    case 'header':
      return `<div class="header">${plainHtml(text?.text ?? '')}</div>`;
    case 'section':
      return `<div class="section">${pieceHtml(text, people)}</div>`;
    case 'context':
      return `<div class="context">${elements.map((each) => pieceHtml(each, people)).join(' ')}</div>`;
    case 'actions':
      return `<div class="actions">${elements.map((each) => buttonHtml(each, id, place)).join('')}</div>`;
    case 'divider':
      return '<hr>';
    case 'rich_text':
      return elements.map(preformattedHtml).join('');
    default:
      return '';
  }
}

function pieceHtml({ type, text = '' }: Piece = {}, people?: People): string {
  return type === 'mrkdwn' ? textHtml(text, people) : plainHtml(text);
}

function preformattedHtml(element: Readonly<Record<string, unknown>>): string {
  const parts = (element['elements'] ?? []) as readonly Piece[];
  return `<pre>${parts.map(({ text = '' }) => plainHtml(text)).join('')}</pre>`;
}

function buttonHtml(button: Readonly<Record<string, unknown>>, block: string, place: ButtonPlace): string {
  const { text = '' } = (button['text'] ?? {}) as Piece;
  const look = button['style'] === 'danger' ? ' danger' : button['style'] === 'primary' ? ' primary' : '';
  const url = button['url'];
  if (typeof url === 'string' && /^https?:\/\//.test(url))
    return `<a class="button${look}" href="${plainHtml(url)}" rel="noreferrer">${plainHtml(text)}</a>`;
  const fields = { ...place.fields, block, action: String(button['action_id']) };
  const form = `<form method="post" action="${plainHtml(place.action)}">${hiddenFields(fields)}`;
  const submit = `<button class="button${look}">${plainHtml(text)}</button></form>`;
  return button['confirm'] === undefined ? form + submit : confirmed(button, form + submit, look);
}

/** Slack asks before a button that has a `confirm`; here its words unfold. */
function confirmed(button: Readonly<Record<string, unknown>>, form: string, look: string): string {
  const { text = '' } = (button['text'] ?? {}) as Piece;
  const { text: question } = button['confirm'] as { readonly text?: Piece };
  return `<details class="confirm"><summary class="button${look}">${plainHtml(text)}</summary><div>${pieceHtml(question)}${form}</div></details>`;
}

export function hiddenFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${plainHtml(name)}" value="${plainHtml(value)}">`)
    .join('');
}
