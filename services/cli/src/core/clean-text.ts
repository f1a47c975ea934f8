import { stripVTControlCharacters } from 'node:util';

const escape = String.fromCodePoint(0x1b);
const bell = String.fromCodePoint(0x07);
/** Operating system commands (title, clipboard, links): the terminal takes all until BEL or ST for itself. */
const systemCommand = new RegExp(
  `(?:${escape}\\]|\\x9d)[^${bell}${escape}\\x9c]*(?:${bell}|${escape}\\\\|\\x9c)?`,
  'g',
);

/**
 * Text of others (commit messages, branch names, log lines) as one line that cannot speak to the terminal: escape sequences,
 * control and format characters (zero width, text direction) are gone, breaks and tabs are spaces.
 */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text.replaceAll(systemCommand, ''))
    .replaceAll(/[\r\n\t\v\f\u0085\u2028\u2029]+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '');
}

/** The same for text of several lines, such as a diff; tabs stay. */
export function cleanLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map((line) => line.split('\t').map(cleanText).join('\t'));
}

/** No character of JSON text that a terminal could obey; as an escape it stays the same JSON. */
export function cleanJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
