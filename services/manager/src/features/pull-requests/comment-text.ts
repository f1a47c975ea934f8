import { fenceMarkdown, maxCommentLength } from '@release-manager/github';

/** By it our own comment is found again. It says nothing where somebody else wrote it. */
export const commentMarker = '<!-- release-manager: what merging this does -->';

/** A part that may be left out where there is no room for it. */
export interface Foldable {
  /** One line of Markdown, which is shown while it is folded. */
  readonly title: string;
  readonly body: string;
  /** In words, for the line that says what was left out. */
  readonly name: string;
}

export interface CommentParts {
  /** Markdown that is always there. */
  readonly head: string;
  readonly foldables: readonly Foldable[];
  readonly foot: string;
  /** Where what was left out can be read. */
  readonly moreAt: string;
}

/** What the line about left out parts may take. */
const reserve = 600;

/** The text of the comment. GitHub takes no more than 65,536 characters: what does not fit is left out whole, and named. */
export function composeComment({ head, foldables, foot, moreAt }: CommentParts, most = maxCommentLength): string {
  const ends = `\n\n${foot}\n`;
  const kept: string[] = [];
  const left: string[] = [];
  let room = most - commentMarker.length - head.length - ends.length - reserve;
  for (const foldable of foldables) {
    const text = `\n\n${foldText(foldable)}`;
    if (text.length > room) left.push(foldable.name);
    else {
      kept.push(text);
      room -= text.length;
    }
  }
  return `${commentMarker}\n${head}${kept.join('')}${leftOut(left, moreAt)}${ends}`;
}

function foldText({ title, body }: Foldable): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

function leftOut(names: readonly string[], moreAt: string): string {
  if (names.length === 0) return '';
  const shown = names.slice(0, 8).join(', ');
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `\n\nThere is no room here for ${shown}${more}: [see the release manager](${moreAt}).`;
}

/** A diff that colours itself, cut at its end: how it begins says more than how it ends. */
export function diffBlock(text: string, most: number): string {
  const shown = text.length <= most ? text : `${text.slice(0, most).toWellFormed()}\n… cut`;
  return fenceMarkdown(shown, most + 100).replace(/^(`+)text/, '$1diff');
}

/** `2026-01-02 03:04 UTC`: people in several time zones read it. */
export function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1);
  if (last === undefined || words.length === 1) return last ?? '';
  return `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** Characters of one table: the rest of the comment has to find room too. */
const longestTable = 30_000;

/** A table of rows of cells that are Markdown already; what does not fit is counted. */
export function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > longestTable) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  return [...kept, ...(left === 0 ? [] : [`\n… and ${left} more rows.`])].join('\n');
}
