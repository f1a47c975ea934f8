import { isDeepStrictEqual } from 'node:util';

/** Compares what the demo shows with what it promises, and goes on, so that one look tells everything that is different. */
export class Expectations {
  readonly #differences: string[] = [];
  #checks = 0;

  equal(what: string, actual: unknown, expected: unknown): void {
    this.#checks += 1;
    if (isDeepStrictEqual(actual, expected)) return;
    this.#differences.push(`${what}: expected ${show(expected)}, and it is ${show(actual)}`);
  }

  that(what: string, holds: boolean, seen: unknown = holds): void {
    this.#checks += 1;
    if (!holds) this.#differences.push(`${what}; seen: ${show(seen)}`);
  }

  get checks(): number {
    return this.#checks;
  }

  get differences(): readonly string[] {
    return this.#differences;
  }
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
