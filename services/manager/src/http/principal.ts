import type { Caller, TokenView } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';

/**
 * Who asks: the actor and the token that proved it, with the limits that the token carries. `token` is absent for
 * ADMIN_TOKEN and for what acts without a request (automation, the manager itself).
 */
export interface Principal {
  readonly actor: Actor;
  readonly token?: TokenView;
}

/**
 * Turns an Authorization header into a principal; undefined when there was none.
 * @throws AppError unauthenticated when a token was sent and does not count
 */
export type Authenticate = (authorization: string | undefined) => Promise<Principal | undefined>;

/** The kind of caller that the operation table speaks of. What acts without a request never knocks at a route. */
export function callerOf(principal: Principal | undefined): Caller | undefined {
  if (principal === undefined) return 'anonymous';
  const { kind } = principal.actor;
  return kind === 'automation' || kind === 'manager' ? undefined : kind;
}
