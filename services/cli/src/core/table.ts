import { paint, plain, type Piece } from './piece.ts';
import { padEnd, textWidth } from './text-width.ts';

/** Columns under upper-case heads, two spaces apart, no lines: made for eyes and for awk. */
export function renderTable(heads: readonly string[], rows: readonly (readonly Piece[])[], colour: boolean): string[] {
  const widths = heads.map((head, column) =>
    Math.max(textWidth(head), ...rows.map((row) => textWidth(plain(row[column] ?? '')))),
  );
  const line = (cells: readonly Piece[]): string =>
    cells
      .map((cell, column) => {
        const text = plain(cell);
        const isLast = column === cells.length - 1;
        return (
          paint(cell, colour, text) +
          (isLast ? '' : padEnd(text, widths[column] ?? 0).slice(text.length)) +
          (isLast ? '' : '  ')
        );
      })
      .join('')
      .trimEnd();
  return [line(heads.map((head) => head.toUpperCase())), ...rows.map(line)];
}
