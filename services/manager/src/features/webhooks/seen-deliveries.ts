/** The last deliveries by their ids, so that one that comes twice is worked on once. Forgets the oldest beyond the limit. */
export class SeenDeliveries {
  readonly #limit: number;
  readonly #ids = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns whether it is the first of its id. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#limit) break;
      this.#ids.delete(oldest);
    }
    return true;
  }
}
