const escape = String.fromCodePoint(0x1b);
const sequences = new RegExp(`${escape}\\[([?\\d;]*)([A-Za-z])|([^])`, 'g');

/**
 * What stands on a terminal after this was written to it, with the sequences that we use: up, home, erasing to the end of line
 * and screen, wrapping off and on, styles.
 * What has scrolled off the top stays in the lines.
 */
export function screenAfter(written: string, columns = 100): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  let wraps = true;
  const put = (character: string): void => {
    if (column >= columns) {
      if (!wraps) return;
      row += 1;
      column = 0;
    }
    const line = (lines[row] ?? '').padEnd(column);
    lines[row] = line.slice(0, column) + character + line.slice(column + 1);
    column += 1;
  };
  const obey = (parameters: string, final: string): void => {
    if (final === 'A') row = Math.max(0, row - Number(parameters === '' ? 1 : parameters));
    else if (final === 'H') [row, column] = [0, 0];
    else if (final === 'K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (final === 'J') {
      lines[row] = (lines[row] ?? '').slice(0, column);
      lines.length = row + 1;
    } else if (parameters === '?7') wraps = final === 'h';
    else if (final !== 'm') throw new Error(`nobody should write ESC [ ${parameters}${final}`);
  };
  for (const [, parameters, final = '', text] of written.matchAll(sequences)) {
    if (text === undefined) obey(parameters ?? '', final);
    else if (text === '\n') {
      row += 1;
      column = 0;
      lines[row] ??= '';
    } else put(text);
  }
  return lines.map((line) => line.trimEnd()).filter((line, index) => line !== '' || index < lines.length - 1);
}
