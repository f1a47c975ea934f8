import type { ManifestProblemView } from '@release-manager/contract';

import type { EnvironmentContent } from './artifact.ts';
import type { Verdict } from './verdict.ts';

/**
 * A verdict as it can be stored and shown: it quotes names and paths of the archive, in which somebody may have put what
 * Postgres cannot keep (U+0000) or what a terminal acts on.
 */
export function legibleVerdict(verdict: Verdict): Verdict {
  return {
    ...verdict,
    problems: verdict.problems.map(legibleProblem),
    environments: Object.fromEntries(
      Object.entries(verdict.environments).map(([name, content]) => [name, legibleContent(content)]),
    ),
  };
}

function legibleContent(content: EnvironmentContent): EnvironmentContent {
  return {
    ...content,
    problems: content.problems.map(legibleProblem),
    warnings: content.warnings.map(legibleProblem),
  };
}

function legibleProblem({ file, line, rule, message, next }: ManifestProblemView): ManifestProblemView {
  const shown = { file: legible(file), line, rule, message: legible(message) };
  return next === undefined ? shown : { ...shown, next: legible(next) };
}

/** Controls, format characters (bidirectional ones too), private and unassigned ones are spelled out. */
function legible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
