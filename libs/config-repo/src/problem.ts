/** What a problem stops. `nothing`: it is said loudly, but every release goes on (people, rights, notifications). */
export type ProblemScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'environment'; readonly environment: string }
  | { readonly kind: 'nothing' };

/** Something in a file that cannot be understood or cannot hold. */
export interface FileProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
  readonly next?: string;
  readonly scope: ProblemScope;
}

/** Control and format characters, and what ends a line for some readers. */
const acting = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The problem with nothing in its words that acts on a terminal, a log or a page: what is wrong in a file is told with
 * pieces of that file, and each such character in them becomes `\uXXXX`.
 */
export function harmless(problem: FileProblem): FileProblem {
  const { message, next } = problem;
  return { ...problem, message: spelledOut(message), ...(next === undefined ? {} : { next: spelledOut(next) }) };
}

function spelledOut(text: string): string {
  return text.replaceAll(acting, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code > 0xffff ? `{${code.toString(16)}}` : code.toString(16).padStart(4, '0')}`;
  });
}
