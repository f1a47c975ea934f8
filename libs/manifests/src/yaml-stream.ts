import { Composer, Lexer, Parser, type CST, type Document } from 'yaml';

import { LexicalGuard } from './lexical-guard.ts';
import { manifestLimits } from './manifest-limits.ts';
import type { ProblemList } from './manifest-problem.ts';
import type { ManifestText } from './manifest-text.ts';
import { printable } from './printable.ts';

export type YamlDocument = Document.Parsed;

/**
 * Reads the documents of a text token by token, and stops at the first thing that costs too much or that Flux's reader
 * (kustomize, which cuts the file at lines that begin with `---` and keeps the first document of each piece) sees differently.
 * Syntax errors are added as problems; nothing is returned unless the whole file was read without one.
 */
export function readYamlStream(source: ManifestText, problems: ProblemList): readonly YamlDocument[] | undefined {
  const guard = new LexicalGuard(source, problems);
  const parser = new Parser();
  // Duplicate keys are looked for by our own walk: the library compares every key with every other, 10^10 steps in a file.
  const composer = new Composer({ merge: true, uniqueKeys: false, keepSourceTokens: true, logLevel: 'error' });
  const documents: YamlDocument[] = [];
  let strays = 0;
  const take = (tokens: Iterable<CST.Token>): void => {
    for (const token of tokens) {
      if (token.type === 'error') strays += 1;
      for (const document of composer.next(token)) documents.push(document);
    }
  };
  for (const lexeme of new Lexer().lex(source.text)) {
    if (!guard.accepts(lexeme)) return undefined;
    take(parser.next(lexeme));
    if (strays >= manifestLimits.problems) break;
  }
  take(parser.end());
  for (const document of composer.end()) documents.push(document);
  const errors = [...documents.flatMap((document) => document.errors), ...composer.streamInfo().errors];
  for (const error of errors.slice(0, manifestLimits.problems)) {
    const rule = error.code === 'RESOURCE_EXHAUSTION' ? 'nesting' : 'yaml';
    problems.add(source.lineAt(error.pos[0]), rule, `The file is no valid YAML: ${withoutSource(error.message)}`);
  }
  const cut = errors.length > 0 ? undefined : falseSeparator(source.text, guard.separators);
  if (cut !== undefined) {
    const message = 'The line begins with `---` and separates no documents, but Flux would cut the file there.';
    problems.add(source.lineAt(cut), 'separator', message, 'Indent it.');
    return undefined;
  }
  const unmarked = documents.slice(1).find((document) => document.directives.docStart !== true);
  if (unmarked !== undefined) {
    const message = 'A document follows without a line `---` before it, and Flux would not apply it.';
    problems.add(source.lineAt(unmarked.range[0]), 'separator', message, 'Put a line `---` between the documents.');
  }
  return errors.length > 0 || unmarked !== undefined ? undefined : documents;
}

/**
 * kustomize looks for separators as text, before it knows of quotes: a line that begins with `---` and is none to YAML (in a
 * quoted text, or `---#x: y`, a key) would be where Flux cuts the file, and it may then hold other objects than we saw.
 */
function falseSeparator(text: string, separators: number): number | undefined {
  const beginning = /^---.*$/gm;
  let lines = 0;
  for (let found = beginning.exec(text); found !== null; found = beginning.exec(text)) {
    lines += 1;
    if (!/^---(?:\s+#.*|\s*)$/.test(found[0]) || lines > separators) return found.index;
  }
  return undefined;
}

/** The library quotes what it stumbled over, and that may be a line of a Secret. */
function withoutSource(message: string): string {
  return printable(message.replace(/:? ?["'`].*$/s, '').slice(0, 160));
}
