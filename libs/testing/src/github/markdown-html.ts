const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function plainHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** One piece of a line: an escape, code, a link, bold, the few tags that comments use, or a character. */
const inline =
  /\\([!-/:-@[-`{-~])|(`+)([^`]|[^`][^]*?[^`])\2(?!`)|\[((?:\\.|[^\]\\])+)\]\((https?:[^)\s]+)\)|\*\*((?:\\.|[^\\*]|\*(?!\*))+)\*\*|<(br|\/?sub)>|&#36;/;

/** A line of Markdown as HTML; whatever is not known to it stays text. */
function inlineHtml(line: string): string {
  let html = '';
  let rest = line;
  for (let match = inline.exec(rest); match !== null; match = inline.exec(rest)) {
    html += plainHtml(rest.slice(0, match.index)) + pieceHtml(match);
    rest = rest.slice(match.index + match[0].length);
  }
  return html + plainHtml(rest);
}

function pieceHtml(match: RegExpExecArray): string {
  const [, escaped, , code, words, url, bold, tag] = match;
  if (escaped !== undefined) return plainHtml(escaped);
  if (code !== undefined) return `<code>${plainHtml(code.trim())}</code>`;
  if (words !== undefined) return `<a href="${plainHtml(url ?? '')}" rel="noopener nofollow">${inlineHtml(words)}</a>`;
  if (bold !== undefined) return `<b>${inlineHtml(bold)}</b>`;
  return tag === undefined ? '$' : `<${tag}>`;
}

/**
 * Markdown as GitHub shows it, as far as comments of ours use it: tables, lists, headings, folded parts, blocks of code with the
 * colours of a diff. What is no such thing is a paragraph; markup of others stays text.
 */
export function markdownHtml(text: string): string {
  const lines = text.replaceAll(/<!--[^]*?-->/g, '').split('\n');
  const html: string[] = [];
  while (lines.length > 0) html.push(nextBlock(lines));
  return html.filter((block) => block !== '').join('\n');
}

/** Takes the lines of one block away. */
function nextBlock(lines: string[]): string {
  const line = lines.shift() ?? '';
  const fence = /^(`{3,})(\w*)$/.exec(line);
  if (fence !== null)
    return codeHtml(
      takeWhile(lines, (each) => each !== fence[1], true),
      fence[2] === 'diff',
    );
  const fold = /^<details>\s*<summary>(.*)<\/summary>$/.exec(line);
  if (fold !== null) return `<details><summary>${inlineHtml(fold[1] ?? '')}</summary>`;
  if (line === '</details>') return line;
  const heading = /^(#{1,4}) (.*)$/.exec(line);
  if (heading !== null) return `<h4>${inlineHtml(heading[2] ?? '')}</h4>`;
  if (line.startsWith('| ')) return tableHtml([line, ...takeWhile(lines, (each) => each.startsWith('| '))]);
  if (line.startsWith('- ')) return listHtml([line, ...takeWhile(lines, (each) => each.startsWith('- '))]);
  if (line.trim() === '') return '';
  const more = takeWhile(lines, (each) => each.trim() !== '' && !/^(?:\||- |#|```|<\/?details)/.test(each));
  return `<p>${[line, ...more].map(inlineHtml).join('<br>')}</p>`;
}

/** Takes lines away as long as they are wanted, and with `last` also the one that ends them. */
function takeWhile(lines: string[], isWanted: (line: string) => boolean, last = false): string[] {
  const end = lines.findIndex((line) => !isWanted(line));
  const taken = lines.splice(0, end < 0 ? lines.length : end);
  if (last) lines.shift();
  return taken;
}

function tableHtml([head = '', , ...rows]: readonly string[]): string {
  const cells = (row: string): readonly string[] =>
    row
      .replace(/^\|/, '')
      .replace(/\|\s*$/, '')
      .split(/(?<!\\)\|/)
      .map((cell) => inlineHtml(cell.trim()));
  const body = rows.map(
    (row) =>
      `<tr>${cells(row)
        .map((cell) => `<td>${cell}</td>`)
        .join('')}</tr>`,
  );
  const titles = cells(head).map((cell) => `<th>${cell}</th>`);
  return `<table><tr>${titles.join('')}</tr>${body.join('')}</table>`;
}

function listHtml(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${inlineHtml(line.slice(2))}</li>`).join('')}</ul>`;
}

function codeHtml(lines: readonly string[], isDiff: boolean): string {
  const shown = lines.map((line) => {
    const kind = isDiff ? { '+': 'added', '-': 'removed', '@': 'place' }[line.slice(0, 1)] : undefined;
    return kind === undefined ? plainHtml(line) : `<span class="${kind}">${plainHtml(line)}</span>`;
  });
  return `<pre>${shown.join('\n')}</pre>`;
}
