import { rightOf, type CanIAnswer } from '@release-manager/contract';
import { compact, type Actor } from '@release-manager/domain';

import type { Routes } from '../../http/index.ts';
import { toActorView } from '../ledger/index.ts';
import type { AccessInForce } from './access-in-force.ts';
import { toAnswer } from './can-i-answer.ts';
import type { Act } from './judgement.ts';
import type { Rights } from './rights.ts';
import type { TokenService } from './token-service.ts';
import { toTokenView } from './token-store.ts';

type AccessOperations = 'createToken' | 'listTokens' | 'revokeToken' | 'whoami' | 'canI';

export interface AccessRouteDeps {
  readonly tokens: TokenService;
  readonly rights: Rights;
  /** What counts of people and rights now. */
  readonly access: () => AccessInForce;
  /** The team that owns a service; undefined for a service that has none, or is not known. */
  readonly ownerOf: (service: string) => Promise<string | undefined>;
  /** What somebody who asks should know of the names in the question: that there is no such service, or environment. */
  readonly remarksOn: (names: Pick<Act, 'service' | 'environment'>) => Promise<readonly string[]>;
}

/** Tokens, who somebody is, and what they may do. */
export function createAccessRoutes(deps: AccessRouteDeps): Routes<AccessOperations> {
  const { tokens, rights, access, ownerOf, remarksOn } = deps;
  return {
    createToken: async ({ principal, body }) => {
      const { token, secret } = await tokens.create(principal, body);
      return { token: toTokenView(token), secret };
    },
    listTokens: async ({ principal }) => ({ items: (await tokens.list(principal)).map(toTokenView) }),
    revokeToken: async ({ principal, params }) => toTokenView(await tokens.revoke(principal, params.id)),
    whoami: ({ actor, principal: { token } }) => {
      const { notices } = access();
      return Promise.resolve(
        compact({
          actor: toActorView(actor),
          token,
          teams: teamsOf(actor, access()),
          notices: notices.length === 0 ? undefined : [...notices],
        }),
      );
    },
    canI: async ({ principal, query: { verb: asked, service, environment, branch } }): Promise<CanIAnswer> => {
      const verb = rightOf[asked];
      // Never from the request: whoever could name the owner could name themselves.
      const owner = service === undefined ? undefined : await ownerOf(service);
      const act = { verb, service, environment, branch, owner };
      return toAnswer(act, rights.judge(principal, act), await remarksOn(act));
    },
  };
}

function teamsOf(actor: Actor, { people, teams }: AccessInForce): string[] | undefined {
  const id = actor.kind === 'person' || actor.kind === 'admin' ? actor.person?.id : undefined;
  return id === undefined ? undefined : people.get(id)?.teams.filter((team) => teams.has(team));
}
