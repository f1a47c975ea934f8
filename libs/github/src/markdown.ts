/** Characters that break up what GitHub would take for a mention or a reference; nobody sees it. */
const nothing = '\u200B';

/** Format characters that turn or hide text; joiners stay, since scripts and emoji need them. */
const hidden = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]|(?![\u200C\u200D])\p{Cf}/gu;

/** What GitHub makes a link of by itself. It ends at what could end a code span or a cell of a table. */
const address = /(?:(?:https?|ftp):\/\/|www\.)[^\s`|\\]*/gi;

/**
 * Text of others as inline Markdown that shows exactly that text, and does nothing: it mentions nobody, refers to and closes no
 * issue, is no HTML, image, link, heading or list, and leaves neither its line nor its cell of a table. Addresses are shown as
 * code, so that they can be copied but not mistaken for a link of ours. Meant for text: neither for an
 * attribute of an HTML tag, nor for a line that begins with one (`<summary>`), which GitHub takes as HTML as a whole.
 * @param most characters of the text that are kept; 300 when absent
 */
export function neutraliseMarkdown(text: string, most = 300): string {
  const line = shorten(withoutHidden(text.replaceAll(/\s+/gu, ' ')).trim(), most);
  let result = '';
  let end = 0;
  for (const match of line.matchAll(address)) {
    result += inert(line.slice(end, match.index));
    result += `\`${match[0]}\``;
    end = match.index + match[0].length;
  }
  return escapeBeginning(result + inert(line.slice(end)));
}

/**
 * Text of several lines, such as a log, as a block of code that it cannot leave. Colours of terminals are taken out.
 * @param most characters that are kept, the last ones; 20,000 when absent
 */
export function fenceMarkdown(text: string, most = 20_000): string {
  const lines = text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .split('\n')
    .map((line) => withoutHidden(withoutColours(line).replaceAll('\t', '  ')))
    .join('\n');
  const kept = lines.length > most ? `…${lines.slice(lines.length - most).toWellFormed()}` : lines;
  const longest = Math.max(0, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}text\n${kept}\n${fence}`;
}

function inert(text: string): string {
  return (
    text
      .replaceAll(/[\\`*_[\]<>~|&]/g, String.raw`\$&`)
      // An escaped sign is a sign again before GitHub looks for mentions: only something in between helps.
      .replaceAll(/@/g, `@${nothing}`)
      .replaceAll(/#/g, `\\#${nothing}`)
      .replaceAll(/gh-(?=\d)/gi, (found) => `${found.slice(0, 2)}${nothing}-`)
      .replaceAll('$', '&#36;')
  );
}

/** What means something only where a line begins: lists, rules, underlines of headings. */
function escapeBeginning(line: string): string {
  return line.replace(/^[-+=:]/, String.raw`\$&`).replace(/^(\d+)([.)])/, String.raw`$1\$2`);
}

function withoutHidden(text: string): string {
  return text.toWellFormed().replaceAll(hidden, '');
}

const escapeSign = String.fromCodePoint(27);

function withoutColours(line: string): string {
  return line
    .split(escapeSign)
    .map((part, index) => (index === 0 ? part : part.replace(/^\[[0-9;?]*[ -/]*[@-~]/, '')))
    .join('');
}

function shorten(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join('')}…`;
}
