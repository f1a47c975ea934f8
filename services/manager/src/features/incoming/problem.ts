/** Why something could not be taken in. */
export interface Problem {
  readonly code: string;
  /** The key of an object, or the beginning of a message. Whoever made it may have written anything into it. */
  readonly subject: string;
  readonly message: string;
  readonly next?: string | undefined;
}
