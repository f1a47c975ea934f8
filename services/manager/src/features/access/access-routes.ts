import type { Routes } from '../../http/index.ts';
import { toActorView } from '../ledger/index.ts';
import type { TokenService } from './token-service.ts';
import { toTokenView } from './token-store.ts';

type AccessOperations = 'createToken' | 'listTokens' | 'revokeToken' | 'whoami';

export function createAccessRoutes({ tokens }: { readonly tokens: TokenService }): Routes<AccessOperations> {
  return {
    createToken: async ({ principal, body }) => {
      const { token, secret } = await tokens.create(principal, body);
      return { token: toTokenView(token), secret };
    },
    listTokens: async ({ principal }) => ({ items: (await tokens.list(principal)).map(toTokenView) }),
    revokeToken: async ({ principal, params }) => toTokenView(await tokens.revoke(principal, params.id)),
    whoami: async ({ actor, principal: { token } }) => ({
      actor: toActorView(actor),
      ...(token === undefined ? {} : { token }),
    }),
  };
}
