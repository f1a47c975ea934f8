import { plainHtml } from '../plain-html.ts';

/** Pictures of the names that we write; another name stays as it is. */
const emoji: Readonly<Record<string, string>> = {
  white_check_mark: '✅',
  x: '❌',
  hourglass_flowing_sand: '⏳',
  arrows_counterclockwise: '🔄',
  rotating_light: '🚨',
  double_vertical_bar: '⏸️',
  no_entry: '⛔',
  rewind: '⏪',
  hammer_and_wrench: '🛠️',
  package: '📦',
  white_circle: '⚪',
  adhesive_bandage: '🩹',
  wastebasket: '🗑️',
  lock: '🔒',
  warning: '⚠️',
};

/** Names by Slack id. */
export type People = ReadonlyMap<string, string>;

/**
 * Slack's markup as HTML, the part of it that messages of ours use: links, mentions, bold, code, emoji. Everything between is
 * text. Slack's own three escapes are undone first, as Slack shows them.
 */
export function textHtml(text: string, people?: People): string {
  return text
    .split(/(<[^<>\n]*>|`[^`\n]+`)/)
    .map((part) => {
      if (part.startsWith('<') && part.endsWith('>')) return controlHtml(part.slice(1, -1), people);
      if (part.length > 2 && part.startsWith('`') && part.endsWith('`'))
        return `<code>${shown(part.slice(1, -1))}</code>`;
      return shown(part)
        .replaceAll(/(^|[\s(])\*([^*\n]+)\*(?=$|[\s.,:;)])/g, '$1<b>$2</b>')
        .replaceAll(/(^|[\s(])_([^_\n]+)_(?=$|[\s.,:;)])/g, '$1<i>$2</i>')
        .replaceAll(/:([a-z0-9_+-]+):/g, (whole, name: string) => emoji[name] ?? whole);
    })
    .join('');
}

function controlHtml(inner: string, people?: People): string {
  const [target = '', label] = inner.split('|', 2);
  // A moment, which Slack shows in the reader's own zone.
  if (target.startsWith('!date^')) return `<time>${shown(label ?? '')}</time>`;
  const name = target.startsWith('@') ? people?.get(target.slice(1)) : undefined;
  if (name !== undefined) return `<span class="mention">@${plainHtml(name)}</span>`;
  if (/^[@#!]/.test(target)) return `<span class="mention">${shown(label ?? target)}</span>`;
  if (/^https?:\/\//.test(target)) return `<a href="${shown(target)}" rel="noreferrer">${shown(label ?? target)}</a>`;
  return shown(`<${inner}>`);
}

function shown(text: string): string {
  return plainHtml(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
}
