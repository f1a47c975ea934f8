import { cleanText } from './clean-text.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/**
 * A piece of a line: plain text, or text with a style. Escape sequences are made from pieces at the last moment and from
 * nothing else, so whatever a text holds, it can neither colour nor move anything.
 */
export type Piece = string | { readonly text: string; readonly style: Style };

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export function styled(style: Style, text: string): Piece {
  return { style, text };
}

/** The text of a piece, clean and without style. */
export function plain(piece: Piece): string {
  return cleanText(typeof piece === 'string' ? piece : piece.text);
}

/** @param text what to show instead of the piece's own text, such as a padded one; it must be clean. */
export function paint(piece: Piece, colour: boolean, text: string = plain(piece)): string {
  if (typeof piece === 'string' || !colour || text === '') return text;
  const [on, off] = codes[piece.style];
  return `\u001B[${on}m${text}\u001B[${off}m`;
}
