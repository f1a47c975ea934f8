import { plain, type Piece } from './piece.ts';
import { textWidth, truncate } from './text-width.ts';

/** The pieces, cut so that they take less than `columns` in a terminal; the one that is cut ends in `…`. */
export function fitLine(pieces: readonly Piece[], columns: number): Piece[] {
  const fitted: Piece[] = [];
  let left = columns - 1;
  for (const piece of pieces) {
    const text = plain(piece);
    const width = textWidth(text);
    if (width > left) {
      if (left > 1) fitted.push(withText(piece, truncate(text, left)));
      break;
    }
    fitted.push(withText(piece, text));
    left -= width;
  }
  return fitted;
}

function withText(piece: Piece, text: string): Piece {
  return typeof piece === 'string' ? text : { ...piece, text };
}
