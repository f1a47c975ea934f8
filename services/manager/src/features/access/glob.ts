/**
 * Whether a glob covers the whole text: `*` stays within a path segment, `**` does not, everything else is itself. Greedy
 * with one step back per star kind, so that no pattern takes more than its length times that of the text.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  // reachable[i]: the pattern read so far can have consumed the first i characters of the text.
  let reachable = Array.from({ length: text.length + 1 }, (_, index) => index === 0);
  for (const part of pattern.match(/\*\*|\*|[^*]/gsu) ?? []) {
    reachable = part.startsWith('*') ? spread(reachable, text, part === '**') : step(reachable, text, part);
  }
  return reachable[text.length] === true;
}

function step(reachable: readonly boolean[], text: string, part: string): boolean[] {
  return reachable.map((_, index) => {
    const from = index - part.length;
    return from >= 0 && reachable[from] === true && text.startsWith(part, from);
  });
}

function spread(reachable: readonly boolean[], text: string, crosses: boolean): boolean[] {
  let open = false;
  return reachable.map((reached, index) => {
    if (!crosses && index > 0 && text[index - 1] === '/') open = false;
    open ||= reached;
    return open;
  });
}
