/** A set of at most so many strings; whoever was not asked for the longest goes first. */
export class RecentSet {
  readonly #most: number;
  readonly #items = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  has(item: string): boolean {
    if (!this.#items.has(item)) return false;
    this.add(item);
    return true;
  }

  add(item: string): void {
    this.#items.delete(item);
    this.#items.add(item);
    if (this.#items.size <= this.#most) return;
    const [oldest = ''] = this.#items;
    this.#items.delete(oldest);
  }

  delete(item: string): void {
    this.#items.delete(item);
  }
}
