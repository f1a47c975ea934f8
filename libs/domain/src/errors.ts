/**
 * Whose fault an error is, in business words. One table maps a kind to HTTP (manager `http/problem.ts`), one to an exit
 * code (CLI `core/exit-code.ts`), one to a job outcome (`libs/queue`): the code that throws knows none of the three.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'denied'
  | 'limited'
  | 'unavailable'
  | 'bug';

export interface AppErrorOptions {
  /** What the person can do about it, as a sentence or a command. */
  readonly next?: string;
  /** Facts a program can use; shown to the caller, so never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one base of every error that we throw on purpose: says what happened, why, and what to do next. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  /** Stable and dotted, `<room>.<what>`, for programs: `artifact.id-mismatch`. */
  readonly code: string;
  readonly next: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.code = code;
    this.next = options.next;
    this.details = options.details ?? {};
  }
}

/**
 * True for an error that would fail the same way again: a job that meets one ends, everything else is tried again.
 * `conflict` is among the final ones: whoever can resolve it (a lost race) catches it where it happens.
 */
export function isPermanent(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  switch (error.kind) {
    case 'invalid':
    case 'unauthenticated':
    case 'forbidden':
    case 'not-found':
    case 'conflict':
    case 'denied':
      return true;
    case 'limited':
    case 'unavailable':
    case 'bug':
      return false;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
