import { manifestLimits } from './manifest-limits.ts';
import { doubleQuoted } from './printable.ts';

/** One finding in one place of a rendered environment; stored with the artifact and shown to the people of the service. */
export interface ManifestProblem {
  /** Path of the file as it was given. */
  readonly file: string;
  /** From 1; 1 also where the file as a whole is meant. */
  readonly line: number;
  /** Stable, `manifest.<what>`. */
  readonly rule: string;
  readonly message: string;
  /** What to do about it. */
  readonly next?: string;
}

/** A text of the input as it may stand in a message: short, on one line, with nothing a terminal would act on. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return doubleQuoted(short);
}

/** The first hundred; what is left out is counted by a last entry, so that a hostile upload cannot fill the database. */
export function capped(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  const first = problems.slice(0, manifestLimits.problems);
  const next = problems[first.length];
  if (next === undefined) return first;
  const more = problems.length - first.length;
  const message = `At least ${more} more are not listed.`;
  return [...first, { file: next.file, line: next.line, rule: 'manifest.more', message }];
}

/** Problems of one file; beyond a thousand nothing is collected any more, since nobody would read on. */
export class ProblemList {
  readonly all: ManifestProblem[] = [];
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  add(line: number, rule: string, message: string, next?: string): void {
    if (this.all.length >= 10 * manifestLimits.problems) return;
    this.all.push({
      file: this.file,
      line,
      rule: `manifest.${rule}`,
      message,
      ...(next === undefined ? {} : { next }),
    });
  }
}
