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
