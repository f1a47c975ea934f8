/** A stream that text goes to. */
export interface TextSink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in characters; absent when nobody looks at it. */
  readonly columns?: number | undefined;
  /** Height in lines; absent when nobody looks at it. */
  readonly rows?: number | undefined;
}

/** What a person or a pipe types. */
export interface TextSource {
  readonly isTTY: boolean;
  /** Everything until the end of the stream. */
  readAll(): Promise<string>;
  /** One line; with `hidden` nothing of it is echoed. `ask` writes the question, once the input is ready for the answer. */
  readLine(question: { readonly hidden: boolean; readonly ask: () => void }): Promise<string>;
}

/** Everything outside of the program, handed in by `main.ts` or a test: no other file touches `process` or waits. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly stdin: TextSource;
  readonly fetch: typeof fetch;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  now(): Date;
  /** Resolves after the milliseconds, or at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Starts this program once more, beside this one and outliving it, silent. */
  runAgain(argv: readonly string[]): void;
}
