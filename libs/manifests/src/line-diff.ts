/** One line of a comparison: kept, only before, or only after. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * Differences beyond which the middle of two texts is shown as replaced whole. It bounds the memory to 2 MB and the time to
 * (lines × this) steps, whatever is compared.
 */
const longestScript = 1_000;

/** The shortest edit script (Myers, 1986), equal heads and tails taken off first. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const oldMiddle = before.slice(head, before.length - tail);
  const newMiddle = after.slice(head, after.length - tail);
  return [
    ...signed(' ', before.slice(0, head)),
    ...(shortestScript(oldMiddle, newMiddle) ?? [...signed('-', oldMiddle), ...signed('+', newMiddle)]),
    ...signed(' ', before.slice(before.length - tail)),
  ];
}

function signed(sign: DiffLine['sign'], lines: readonly string[]): readonly DiffLine[] {
  return lines.map((text) => ({ sign, text }));
}

/**
 * The furthest points per diagonal, for each number of differences: `frontiers[d][k + d]` is how far into `a` one gets with
 * d differences on diagonal k.
 */
function shortestScript(a: readonly string[], b: readonly string[]): readonly DiffLine[] | undefined {
  const frontiers: Int32Array[] = [];
  const most = Math.min(a.length + b.length, longestScript);
  for (let d = 0; d <= most; d += 1) {
    const frontier = new Int32Array(2 * d + 1);
    const last = frontiers.at(-1);
    frontiers.push(frontier);
    for (let k = -d; k <= d; k += 2) {
      let x = last === undefined ? 0 : step(last, k, d);
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      frontier[k + d] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(frontiers, a, b);
    }
  }
  return undefined;
}

function step(last: Int32Array, k: number, d: number): number {
  return isInsertion(last, k, d) ? at(last, k + 1, d) : at(last, k - 1, d) + 1;
}

function isInsertion(last: Int32Array, k: number, d: number): boolean {
  return k === -d || (k !== d && at(last, k - 1, d) < at(last, k + 1, d));
}

/** A point of the frontier before the one for d differences. */
function at(last: Int32Array, k: number, d: number): number {
  return last[k + d - 1] ?? 0;
}

/** Where the step to diagonal k with d differences came from; the beginning when there was none. */
function origin(last: Int32Array | undefined, k: number, d: number): readonly [x: number, y: number] {
  if (last === undefined) return [0, 0];
  const from = isInsertion(last, k, d) ? k + 1 : k - 1;
  const x = at(last, from, d);
  return [x, x - from];
}

function walkBack(frontiers: readonly Int32Array[], a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = frontiers.length - 1; d >= 0; d -= 1) {
    const [fromX, fromY] = origin(frontiers[d - 1], x - y, d);
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      lines.push({ sign: ' ', text: a[x] ?? '' });
    }
    if (x > fromX) lines.push({ sign: '-', text: a[fromX] ?? '' });
    else if (y > fromY) lines.push({ sign: '+', text: b[fromY] ?? '' });
    x = fromX;
    y = fromY;
  }
  return lines.toReversed();
}
