import { CST } from 'yaml';

import { manifestLimits } from './manifest-limits.ts';
import { quoted, type ProblemList } from './manifest-problem.ts';
import type { ManifestText } from './manifest-text.ts';

/** Tags that mean the same to every reader. `!!binary` does not: to Go it is the decoded text, so a kind could hide in it. */
const plainTags = new Set(['!!str', '!!int', '!!float', '!!bool', '!!null', '!!map', '!!seq']);

/** Escapes of double-quoted texts. Looked at before the library does, which makes an error object of each wrong one. */
const escapes = /\\(?:["\\/ abefnrtv0N_LP\t\n]|\r\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g;

const blockIndicators = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);

/** Counts and looks at lexical tokens, before anything is built from them. */
export class LexicalGuard {
  readonly #source: ManifestText;
  readonly #problems: ProblemList;
  #offset = 0;
  #tokens = 0;
  #documents = 0;
  #flowDepth = 0;
  #indicators = 0;
  #anchors = 0;
  #aliases = 0;
  #isScalar = false;
  #afterSeparator = false;
  #afterComma = false;

  constructor(source: ManifestText, problems: ProblemList) {
    this.#source = source;
    this.#problems = problems;
  }

  /** Lines `---` so far. */
  get separators(): number {
    return this.#documents;
  }

  /** False once, with the problem added, when reading has to stop. */
  accepts(lexeme: string): boolean {
    this.#tokens += 1;
    const problem = this.#size(lexeme) ?? (this.#isScalar ? undefined : this.#indicator(lexeme));
    if (problem !== undefined) {
      const [rule, message, next] = problem;
      this.#problems.add(this.#source.lineAt(this.#offset), rule, message, next);
      return false;
    }
    this.#isScalar = lexeme === CST.SCALAR;
    const isMarker = this.#isScalar || lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END;
    if (!isMarker) this.#offset += lexeme.length;
    return true;
  }

  #size(lexeme: string): Finding | undefined {
    if (lexeme.length > manifestLimits.scalarCharacters)
      return [
        'scalar-size',
        `A value has ${lexeme.length} characters; at most ${manifestLimits.scalarCharacters} fit.`,
      ];
    if (this.#tokens <= manifestLimits.tokensPerFile) return undefined;
    return ['file-size', `The file has more than ${manifestLimits.tokensPerFile} words and signs.`, 'Split it.'];
  }

  #indicator(lexeme: string): Finding | undefined {
    const type = CST.tokenType(lexeme);
    const misplaced = this.#separator(type) ?? this.#comma(type);
    if (misplaced !== undefined) return misplaced;
    if (type === 'newline') this.#indicators = 0;
    if (type === 'space' && lexeme.length > manifestLimits.indentation && this.#isIndentation()) return tooDeep;
    if (type === 'anchor' || type === 'alias') return this.#alias(type);
    return wordFinding(type, lexeme) ?? this.#nesting(type);
  }

  /** Commas in a row are an error each; half a million error objects take the library seconds. */
  #comma(type: string | null): Finding | undefined {
    if (type === 'space' || type === 'newline' || type === 'comment') return undefined;
    const isRepeated = type === 'comma' && this.#afterComma;
    this.#afterComma = type === 'comma';
    return isRepeated ? ['yaml', 'The file is no valid YAML: two commas follow each other.'] : undefined;
  }

  #separator(type: string | null): Finding | undefined {
    if (type === 'doc-start') {
      this.#afterSeparator = true;
      this.#documents += 1;
      if (this.#documents <= manifestLimits.documentsPerFile) return undefined;
      return ['documents', `The file has more than ${manifestLimits.documentsPerFile} documents.`, 'Split it.'];
    }
    if (!this.#afterSeparator || type === 'space') return undefined;
    this.#afterSeparator = false;
    if (type === 'newline' || type === 'comment' || type === 'doc-mode') return undefined;
    return ['separator', 'Something stands behind `---` on its line, which Flux refuses.', 'Put it on the next line.'];
  }

  #alias(type: 'anchor' | 'alias'): Finding | undefined {
    if (type === 'anchor') this.#anchors += 1;
    else this.#aliases += 1;
    const isTooMany = this.#anchors > manifestLimits.anchorsPerFile || this.#aliases > manifestLimits.aliasesPerFile;
    return isTooMany
      ? ['alias', `The file has more than ${manifestLimits.aliasesPerFile} anchors or aliases.`]
      : undefined;
  }

  #isIndentation(): boolean {
    return this.#flowDepth <= 0 && this.#source.text[this.#offset - 1] === '\n';
  }

  #nesting(type: string | null): Finding | undefined {
    if (type === 'flow-map-start' || type === 'flow-seq-start') this.#flowDepth += 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') this.#flowDepth -= 1;
    if (this.#flowDepth <= 0 && type !== null && blockIndicators.has(type)) this.#indicators += 1;
    const isTooDeep = this.#flowDepth > manifestLimits.depth || this.#indicators > manifestLimits.indicatorsPerLine;
    return isTooDeep ? tooDeep : undefined;
  }
}

type Finding = readonly [rule: string, message: string, next?: string];

const tooDeep: Finding = ['nesting', `Collections are nested more than ${manifestLimits.depth} deep.`];

/** What is wrong with a token by itself. */
function wordFinding(type: string | null, lexeme: string): Finding | undefined {
  if (type === 'directive-line') return ['directive', 'A `%` directive may not stand in a manifest.', 'Remove it.'];
  if (type === 'tag' && !plainTags.has(lexeme)) return tagFinding(lexeme);
  if (type !== 'double-quoted-scalar' || !lexeme.replaceAll(escapes, '').includes('\\')) return undefined;
  return ['yaml', 'The file is no valid YAML: a text in double quotes has an unknown escape.', 'Write `\\\\`.'];
}

function tagFinding(tag: string): Finding {
  const message = `The tag ${quoted(tag)} may not stand in a manifest: readers of YAML disagree about it.`;
  return ['tag', message, 'Remove the tag; quote the value if it must be text.'];
}
