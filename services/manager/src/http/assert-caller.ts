import type { Operation } from '@release-manager/contract';
import { actorName, AppError, type Actor } from '@release-manager/domain';

import { callerOf, type Principal } from './principal.ts';

/** @throws AppError unauthenticated `access.no-token`; forbidden `access.caller` */
export function assertCaller(operation: Operation, principal: Principal | undefined): void {
  const caller = callerOf(principal);
  if (caller !== undefined && operation.callers.includes(caller)) return;
  if (principal === undefined) {
    throw new AppError('unauthenticated', 'access.no-token', 'This needs a token, and none was sent.', {
      next: 'send `Authorization: Bearer <token>`; release-cli login stores one',
    });
  }
  throw wrongCaller(operation, principal.actor);
}

/** What tokens of a kind are for, where that is the reason, and who else can do it. */
const limits: Partial<Record<Actor['kind'], { readonly rule: string; readonly next: string }>> = {
  ci: {
    rule: 'a ci token may upload and read, nothing more',
    next: 'use the token of a person, or let a policy release it (auto-release)',
  },
  daemon: { rule: 'a daemon reports what its own cluster does, nothing more', next: 'use the token of a person' },
};

function wrongCaller({ id, callers }: Operation, actor: Actor): AppError {
  const kinds = callers.join(', ');
  const { rule, next } = limits[actor.kind] ?? {
    rule: `${id} takes tokens of the kind ${kinds}`,
    next: `use one of these: ${kinds}`,
  };
  return new AppError('forbidden', 'access.caller', `${actorName(actor)} may not do this (${id}). Rule: ${rule}.`, {
    next,
    details: { rule, actor: actorName(actor) },
  });
}
