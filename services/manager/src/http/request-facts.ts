import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What is known of one request beside its bytes, for the log and the metrics. */
export interface RequestFacts {
  readonly id: string;
  readonly startedAt: number;
  /** Template of the route, never the path itself: a path can hold a credential (`/v1/uploads/{token}`). */
  route: string;
  actor: string | undefined;
  /** Said of an answer that the log should not be filled with. */
  quiet: boolean;
}

export interface FactsByRequest {
  of(request: IncomingMessage): RequestFacts;
}

const acceptable = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** Facts hang on the request as long as it lives and no longer. */
export function createFacts(now: () => number): FactsByRequest {
  const known = new WeakMap<IncomingMessage, RequestFacts>();
  return {
    of: (request) => {
      const found = known.get(request);
      if (found !== undefined) return found;
      const sent = request.headers['x-request-id'];
      // Somebody else's id goes into our log and our answer: only harmless ones.
      const id = typeof sent === 'string' && acceptable.test(sent) ? sent : randomUUID();
      const facts: RequestFacts = { id, startedAt: now(), route: 'unmatched', actor: undefined, quiet: false };
      known.set(request, facts);
      return facts;
    },
  };
}
