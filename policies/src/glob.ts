type Token = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'star' | 'globstar' };

/** `**` is any text, `*` is any text without a slash, everything else stands for itself. */
function tokens(pattern: string): readonly Token[] {
  return (pattern.match(/\*+|[^*]/gu) ?? []).map((text): Token => {
    if (!text.startsWith('*')) return { kind: 'literal', text };
    return { kind: text.length === 1 ? 'star' : 'globstar' };
  });
}

/** Whether the token can take this character and stay, or take it and pass on. */
function takes(token: Token, character: string): boolean {
  if (token.kind === 'literal') return token.text === character;
  return token.kind === 'globstar' || character !== '/';
}

/** A wildcard may also take nothing. */
function withSkips(states: ReadonlySet<number>, pattern: readonly Token[]): Set<number> {
  const reached = new Set(states);
  for (const state of reached) {
    const token = pattern[state];
    if (token !== undefined && token.kind !== 'literal') reached.add(state + 1);
  }
  return reached;
}

/**
 * Whether the whole text matches the glob. All states are followed at once, so the time is at most the product of both
 * lengths, whatever the pattern: nothing to blow up by `*a*a*a*b`.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const parsed = tokens(pattern);
  let states = withSkips(new Set([0]), parsed);
  for (const character of text) {
    const next = new Set<number>();
    for (const state of states) {
      const token = parsed[state];
      if (token === undefined || !takes(token, character)) continue;
      next.add(token.kind === 'literal' ? state + 1 : state);
    }
    states = withSkips(next, parsed);
    if (states.size === 0) return false;
  }
  return states.has(parsed.length);
}

export function isLiteral(pattern: string): boolean {
  return !pattern.includes('*');
}

/** Whether some text matches both globs; used to find rules that can never hold together. */
export function globsIntersect(left: string, right: string): boolean {
  const a = tokens(left);
  const b = tokens(right);
  const seen = new Set<number>();
  const queue: [number, number][] = [[0, 0]];
  const visit = (i: number, j: number): void => {
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push([i, j]);
  };
  for (const [i, j] of queue) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return true;
    if (x !== undefined && x.kind !== 'literal') visit(i + 1, j);
    if (y !== undefined && y.kind !== 'literal') visit(i, j + 1);
    if (x !== undefined && y !== undefined) advance(x, y, { i, j, visit });
  }
  return false;
}

/** One character that both take, where there is one. Two wildcards share one without moving, which leads nowhere new. */
function advance(
  x: Token,
  y: Token,
  at: { readonly i: number; readonly j: number; visit(i: number, j: number): void },
): void {
  if (x.kind === 'literal' && takes(y, x.text)) at.visit(at.i + 1, y.kind === 'literal' ? at.j + 1 : at.j);
  else if (y.kind === 'literal' && takes(x, y.text)) at.visit(at.i, at.j + 1);
}
