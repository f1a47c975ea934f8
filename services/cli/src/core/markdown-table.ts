import { padEnd, textWidth } from './text-width.ts';

/** A table as the formatter of the repository leaves it, so that a generated page stays as it was generated. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [heads, ...rows].map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = heads.map((_, column) => Math.max(3, ...cells.map((row) => textWidth(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => padEnd(row[column] ?? '', width)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}
