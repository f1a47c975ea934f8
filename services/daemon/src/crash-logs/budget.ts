interface Spent {
  since: number;
  count: number;
}

/**
 * How many crash logs one container of one rollout may send: five in ten minutes. When three hundred pods of a bad release
 * die the same way, five logs say it; more can be asked for.
 */
export class LogBudget {
  readonly #spent = new Map<string, Spent>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns whether one more may be sent; if so it is counted. */
  take(key: string): boolean {
    const now = this.#now();
    const spent = this.#spent.get(key);
    if (spent === undefined || now - spent.since >= windowMs) {
      this.#spent.delete(key);
      this.#spent.set(key, { since: now, count: 1 });
      this.#forgetOld(now);
      return true;
    }
    spent.count += 1;
    return spent.count <= perWindow;
  }

  #forgetOld(now: number): void {
    for (const [key, { since }] of this.#spent) {
      if (now - since < windowMs) return;
      this.#spent.delete(key);
    }
  }
}

const windowMs = 10 * 60_000;
const perWindow = 5;
