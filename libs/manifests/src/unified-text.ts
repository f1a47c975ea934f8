import { diffLines, type DiffLine } from './line-diff.ts';

export interface UnifiedText {
  readonly text: string;
  readonly added: number;
  readonly removed: number;
  /** How many lines the text has. */
  readonly lines: number;
  /** True when lines were left out at the end; a last line says how many. */
  readonly isCut: boolean;
}

const longestLine = 400;

/** The unified form of the differences of two texts given as lines, of at most so many lines. */
export function unifiedText(
  before: readonly string[],
  after: readonly string[],
  limits: { readonly contextLines: number; readonly lines: number },
): UnifiedText {
  const script = diffLines(before, after);
  const count = (sign: DiffLine['sign']): number => script.filter((line) => line.sign === sign).length;
  const all = hunks(script, limits.contextLines);
  const shown = all.slice(0, limits.lines).map(shortened);
  const left = all.length - shown.length;
  if (left > 0) shown.push(`… ${left} more lines are not shown.`);
  return { text: shown.join('\n'), added: count('+'), removed: count('-'), lines: shown.length, isCut: left > 0 };
}

function shortened(line: string): string {
  if (line.length <= longestLine) return line;
  return `${line.slice(0, longestLine)}… (${line.length - longestLine} more characters)`;
}

function hunks(script: readonly DiffLine[], contextLines: number): readonly string[] {
  const lines: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let until = 0;
  const changes = script.flatMap((line, index) => (line.sign === ' ' ? [] : [index]));
  for (let next = 0; next < changes.length;) {
    const first = changes[next] ?? 0;
    let last = first;
    while ((changes[next] ?? Number.POSITIVE_INFINITY) - last <= 2 * contextLines + 1) last = changes[next++] ?? last;
    const from = Math.max(until, first - contextLines);
    const to = Math.min(script.length, last + contextLines + 1);
    oldLine += from - until;
    newLine += from - until;
    const part = script.slice(from, to);
    const oldCount = part.filter((line) => line.sign !== '+').length;
    const newCount = part.filter((line) => line.sign !== '-').length;
    lines.push(`@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@`);
    lines.push(...part.map((line) => line.sign + line.text));
    oldLine += oldCount;
    newLine += newCount;
    until = to;
  }
  return lines;
}

/** A side without lines is named by the line before it, as `diff -u` does. */
function range(start: number, count: number): string {
  return count === 0 ? `${start - 1},0` : `${start},${count}`;
}
