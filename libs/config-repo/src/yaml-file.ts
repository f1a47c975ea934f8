import { messageOf } from '@release-manager/domain';
import { isCollection, isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';

/** 1 MiB: `people.yaml` of some thousand people, and nothing that takes long to read. */
export const largestFile = 1024 * 1024;

/** The bytes of a file; of one beyond `largestFile` it is enough to know how many there are. */
export type ConfigFile = Uint8Array | { readonly byteLength: number };

/** Enough for a few anchors, far too few for a bomb. */
const mostAliases = 100;

export type Path = readonly (string | number)[];

/** A YAML file (or JSON, which is YAML) as plain data that still knows where everything stood. */
export interface YamlFile {
  readonly value: unknown;
  /** The line of what the path leads to, or of the nearest thing around it that exists. */
  lineOf(path: Path): number;
}

/** A file that cannot be read at all. */
export interface BrokenYaml {
  readonly line: number;
  readonly message: string;
}

/** Reads without trust: any bytes give data or a problem, in bounded time, never an exception. */
export function readYaml(content: ConfigFile): YamlFile | BrokenYaml {
  if (content.byteLength > largestFile || !(content instanceof Uint8Array)) {
    return { line: 1, message: `The file has ${content.byteLength} bytes, and at most ${largestFile} are read.` };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return { line: 1, message: 'The file is not UTF-8 text.' };
  }
  if (nestedTooDeep(text)) return { line: 1, message: 'The file is nested too deep.' };
  return readText(text);
}

export function isBroken(file: YamlFile | BrokenYaml): file is BrokenYaml {
  return 'message' in file;
}

function readText(text: string): YamlFile | BrokenYaml {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    const [error] = document.errors;
    if (error !== undefined) {
      return { line: lines.linePos(error.pos[0]).line, message: `Not valid YAML: ${firstLine(error.message)}` };
    }
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return { value, lineOf: (path) => lineOf(document, lines, path) };
  } catch (error) {
    // Too many aliases, or nesting deeper than the stack.
    return { line: 1, message: `Cannot be read: ${firstLine(messageOf(error))}` };
  }
}

/** The parser recurses; brackets and indentation are what nests. */
function nestedTooDeep(text: string): boolean {
  const deepest = 200;
  let open = 0;
  for (const character of text) {
    if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open -= 1;
    if (open > deepest) return true;
  }
  return /^(?:[ ]{400}|(?:[-?:] ?){200})/m.test(text);
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return Math.max(1, lines.linePos(offset).line);
  }
  return 1;
}

/** Where the key stands, for a field; where the value begins, for an item of a list. */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  const last = path.at(-1);
  if (last === undefined) return startOf(document.contents);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent))
    return startOf(parent.items.find(({ key }) => isNode(key) && key.toString() === String(last))?.key);
  return isCollection(parent) ? startOf(parent.get(last, true)) : undefined;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300);
}
