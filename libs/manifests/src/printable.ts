/** Control characters, and those that turn, hide or break text on a screen. */
const odd = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/gu;

/** A text in which nothing acts on a terminal or changes the order of reading: each such character becomes `\uXXXX`. */
export function printable(text: string): string {
  return text.replaceAll(odd, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** True when a text, its line ends aside, can be shown as it is. */
export function isPrintable(text: string): boolean {
  return text.replaceAll('\n', '').search(odd) === -1;
}

/** A text in double quotes, which YAML and JSON read alike and every screen shows. */
export function doubleQuoted(text: string): string {
  return printable(JSON.stringify(text));
}
