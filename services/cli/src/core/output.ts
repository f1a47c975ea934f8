import { cleanJson, cleanLines, cleanText } from './clean-text.ts';
import { paint, styled, type Piece } from './piece.ts';
import { drawFrom, repaintOver } from './repaint.ts';
import { renderTable } from './table.ts';
import type { TextSink, World } from './world.ts';

export const outputFormats = ['table', 'json', 'yaml'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** What a read command has to show: a value for programs, and how a person sees it. */
export interface View {
  readonly value: unknown;
  readonly table:
    | { readonly heads: readonly string[]; readonly rows: readonly (readonly Piece[])[] }
    | readonly Piece[][];
  /** Said on stderr when there is nothing to show. */
  readonly empty?: string;
}

/** The only place that writes: data to stdout, words to stderr. Every text is cleaned on its way. */
export interface Output {
  readonly format: OutputFormat;
  /** True when words go to a terminal, so that what stands there can be painted over. */
  readonly live: boolean;
  readonly columns: number;
  /** A line for the person. */
  say(...pieces: readonly Piece[]): void;
  warn(message: string, next?: string): void;
  /** A line of data. */
  data(...pieces: readonly Piece[]): void;
  /** Text of several lines as data, such as a diff. */
  block(text: string, styleOf?: (line: string) => Piece): void;
  show(view: View): Promise<void>;
  /** Shows a table anew from the top of the terminal that data goes to, and below it what was said last. */
  showFromTop(view: View, below: readonly (readonly Piece[])[]): void;
  /** Replaces the lines painted before, of which as many are shown as the terminal holds; only where `live`. */
  repaint(lines: readonly (readonly Piece[])[]): void;
}

export function createOutput(world: Pick<World, 'env' | 'stdout' | 'stderr'>, format: OutputFormat): Output {
  const { stdout, stderr, env } = world;
  const onStdout = hasColour(env, stdout);
  const onStderr = hasColour(env, stderr);
  const line = (pieces: readonly Piece[], colour: boolean): string =>
    `${pieces.map((piece) => paint(piece, colour)).join('')}\n`;
  let painted = 0;
  const say = (...pieces: readonly Piece[]): void => {
    painted = 0;
    stderr.write(line(pieces, onStderr));
  };
  return {
    format,
    live: stderr.isTTY && env['TERM'] !== 'dumb',
    // A terminal that does not know its width says 0; one that is resized says another one each time.
    get columns() {
      return stderr.columns === undefined || stderr.columns === 0 ? 120 : stderr.columns;
    },
    say,
    warn(message, next) {
      say(styled('yellow', 'warning: '), message);
      if (next !== undefined) say('  ', next);
    },
    data(...pieces) {
      stdout.write(line(pieces, onStdout));
    },
    block(text, styleOf = (plainLine) => plainLine) {
      for (const one of cleanLines(text)) stdout.write(`${paint(styleOf(one), onStdout, one)}\n`);
    },
    async show(view) {
      if (format !== 'table') {
        stdout.write(await serialise(view.value, format));
        return;
      }
      const lines = tableLines(view, onStdout);
      if (lines.length === 0 && view.empty !== undefined) say(view.empty);
      for (const text of lines) stdout.write(`${text}\n`);
    },
    showFromTop(view, below) {
      const lines = tableLines(view, onStdout);
      const empty = lines.length === 0 && view.empty !== undefined ? [view.empty] : lines;
      const said = below.map((pieces) => pieces.map((piece) => paint(piece, onStdout)).join(''));
      stdout.write(drawFrom([...empty, ...(said.length === 0 ? [] : ['', ...said])], stdout.rows));
    },
    repaint(lines) {
      const { text, height } = repaintOver(
        painted,
        lines.map((pieces) => line(pieces, onStderr).trimEnd()),
        stderr.rows,
      );
      stderr.write(text);
      painted = height;
    },
  };
}

function tableLines({ table }: View, colour: boolean): string[] {
  if ('heads' in table) return table.rows.length === 0 ? [] : renderTable(table.heads, table.rows, colour);
  return table.map((pieces) => pieces.map((piece) => paint(piece, colour)).join(''));
}

/** Data for programs: valid JSON or YAML without a character that a terminal would obey. */
export async function serialise(value: unknown, format: 'json' | 'yaml'): Promise<string> {
  const json = JSON.stringify(value, undefined, 2);
  if (format === 'json') return `${cleanJson(json)}\n`;
  const { stringify } = await import('yaml');
  const clean: unknown = JSON.parse(json, (_, item: unknown) =>
    typeof item === 'string' ? item.split('\n').map(cleanText).join('\n') : item,
  );
  return stringify(clean);
}

/** https://no-color.org, https://force-color.org: a variable that is there and not empty. */
function hasColour(env: World['env'], sink: TextSink): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return sink.isTTY && env['TERM'] !== 'dumb';
}
