const toEndOfLine = '\u001B[K';
const toEndOfScreen = '\u001B[0J';
/** A line that is too long is cut by the terminal: one that wrapped would break the counting of lines. */
const wrapOff = '\u001B[?7l';
const wrapOn = '\u001B[?7h';

/** What is written in place of `before` lines, by one write: each line is replaced and then cut, so nothing is ever blank. */
export function repaintOver(
  before: number,
  lines: readonly string[],
  rows: number | undefined,
): { readonly text: string; readonly height: number } {
  const shown = fitHeight(lines, rows);
  const up = before === 0 ? '' : `\u001B[${before}A`;
  return { text: draw(up, shown), height: shown.length };
}

/** The same from the top of the terminal. */
export function drawFrom(lines: readonly string[], rows: number | undefined): string {
  return draw('\u001B[H', fitHeight(lines, rows));
}

function draw(begin: string, lines: readonly string[]): string {
  return `${wrapOff}${begin}${lines.map((line) => `${line}${toEndOfLine}\n`).join('')}${toEndOfScreen}${wrapOn}`;
}

/** A line below the last one has to stay free for the cursor; what has scrolled away could not be painted over. */
function fitHeight(lines: readonly string[], rows: number | undefined): readonly string[] {
  const most = rows === undefined || rows === 0 ? lines.length : Math.max(1, rows - 1);
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most - 1);
  return [...kept, `… ${lines.length - kept.length} more lines`];
}
