import { EndPulse } from './end-pulse.ts';

interface Scope {
  readonly pulse: EndPulse;
  pausedUntil: Date | undefined;
}

/**
 * How much is asked of whom at this moment. Of an end as a whole, or, where each lane is a receiver of its own, of each lane: one
 * that is away or asks us to wait keeps no other back.
 */
export class Patience {
  readonly #random: () => number;
  readonly #apart: boolean;
  readonly #scopes = new Map<string, Scope>();

  constructor(random: () => number, apart: boolean) {
    this.#random = random;
    this.#apart = apart;
  }

  /** Until when nothing is tried at all. */
  pausedUntil(now: Date): Date | undefined {
    const until = this.#apart ? undefined : this.#scopes.get('')?.pausedUntil;
    return until !== undefined && until > now ? until : undefined;
  }

  /** Lanes of which nothing is tried, and until when. */
  pausedLanes(now: Date): readonly { readonly lane: string; readonly freeAt: number }[] {
    if (!this.#apart) return [];
    return [...this.#scopes].flatMap(([lane, { pausedUntil }]) =>
      pausedUntil !== undefined && pausedUntil > now ? [{ lane, freeAt: pausedUntil.getTime() }] : [],
    );
  }

  away(lane: string | undefined): boolean {
    return this.#scopes.get(this.#nameOf(lane))?.pulse.away ?? false;
  }

  /** @returns whether the pause is a longer one than there was */
  pause(lane: string | undefined, until: Date): boolean {
    const scope = this.#scope(lane);
    if (scope.pausedUntil !== undefined && scope.pausedUntil >= until) return false;
    scope.pausedUntil = until;
    return true;
  }

  /** It answered, whatever it said. @returns whether it had been away */
  answered(lane: string | undefined): boolean {
    return this.#scope(lane).pulse.answered();
  }

  /** A delivery found nobody. @returns whether nobody is there as of now */
  silent(lane: string | undefined, deliveryId: string, now: Date): boolean {
    const { pulse } = this.#scope(lane);
    const wasAway = pulse.away;
    const waitMs = pulse.silent(deliveryId);
    if (waitMs !== undefined) this.pause(lane, new Date(now.getTime() + waitMs));
    return pulse.away && !wasAway;
  }

  #nameOf(lane: string | undefined): string {
    return this.#apart ? (lane ?? '') : '';
  }

  #scope(lane: string | undefined): Scope {
    const name = this.#nameOf(lane);
    const scope = this.#scopes.get(name) ?? { pulse: new EndPulse(this.#random), pausedUntil: undefined };
    this.#scopes.set(name, scope);
    return scope;
  }
}
