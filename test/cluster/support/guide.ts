/** A fenced block of shell in a page. */
export interface GuideBlock {
  /** The headline above it. */
  readonly section: string;
  /** Of its first line in the page. */
  readonly line: number;
  readonly code: string;
  /** The stand-in that takes its place: ```` ```sh instead=name ````. */
  readonly instead?: string;
  /** What happens after it: ```` ```sh after=name ````. */
  readonly after?: string;
}

/**
 * Every block of shell in a page, in its order; what is not marked is to be run as it stands.
 * @throws Error for a mark that nobody knows, so that a slip of the pen leaves nothing out
 */
export function readGuide(markdown: string): GuideBlock[] {
  const lines = markdown.split('\n');
  const blocks: GuideBlock[] = [];
  let section = '';
  let open: { readonly fence: string; readonly from: number } | undefined;
  for (const [index, line] of lines.entries()) {
    if (open === undefined) {
      section = /^#+ (.*)$/.exec(line)?.[1] ?? section;
      const fence = /^```(.*)$/.exec(line)?.[1];
      if (fence !== undefined) open = { fence, from: index + 1 };
    } else if (line === '```') {
      const { fence, from } = open;
      open = undefined;
      const [language, ...marks] = fence.split(' ');
      if (language === 'sh')
        blocks.push({ section, line: from + 1, code: lines.slice(from, index).join('\n'), ...readMarks(marks) });
    }
  }
  return blocks;
}

function readMarks(marks: readonly string[]): Pick<GuideBlock, 'instead' | 'after'> {
  return Object.fromEntries(
    marks.map((mark) => {
      const [, kind, name] = /^(instead|after)=([a-z-]+)$/.exec(mark) ?? [];
      if (kind === undefined || name === undefined) throw new Error(`the mark ${mark} of a block is not known`);
      return [kind, name];
    }),
  );
}
