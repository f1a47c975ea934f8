export interface PollQueueOptions<Key> {
  /** @returns milliseconds until the next time; nothing when there is none. */
  readonly work: (key: Key, signal: AbortSignal) => Promise<number | undefined>;
  /** How many at once. */
  readonly concurrency: number;
  /** What becomes of a key whose work threw: as `work`. */
  readonly onError: (key: Key, error: unknown) => number | undefined;
}

/** Does something for each key at its time, each at most once at a time, and few at once: looks must not hurt the API server. */
export class PollQueue<Key> {
  readonly #options: PollQueueOptions<Key>;
  readonly #timers = new Map<Key, NodeJS.Timeout>();
  readonly #ready = new Set<Key>();
  readonly #running = new Map<Key, Promise<void>>();
  /** Keys that were scheduled again while they ran. */
  readonly #again = new Map<Key, number>();
  readonly #stop = new AbortController();

  constructor(options: PollQueueOptions<Key>) {
    this.#options = options;
  }

  /** From now on in so many milliseconds, whatever was said before. */
  schedule(key: Key, delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running.has(key)) {
      this.#again.set(key, delayMs);
      return;
    }
    this.cancel(key);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.#ready.add(key);
      this.#startSome();
    }, delayMs);
    this.#timers.set(key, timer);
  }

  cancel(key: Key): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#ready.delete(key);
    this.#again.delete(key);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the daemon stops'));
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#ready.clear();
    await Promise.all(this.#running.values());
  }

  #startSome(): void {
    for (const key of this.#ready) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#ready.delete(key);
      this.#running.set(key, this.#run(key));
    }
  }

  async #run(key: Key): Promise<void> {
    const { work, onError } = this.#options;
    let next: number | undefined;
    try {
      next = await work(key, this.#stop.signal);
    } catch (error) {
      next = this.#stop.signal.aborted ? undefined : onError(key, error);
    }
    this.#running.delete(key);
    const delay = this.#again.get(key) ?? next;
    this.#again.delete(key);
    if (delay !== undefined) this.schedule(key, delay);
    this.#startSome();
  }
}
