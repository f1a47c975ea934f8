export { createAccessRoutes } from './access-routes.ts';
export { createAuthenticator, type AuthenticatorDependencies } from './authenticator.ts';
export {
  assertMay,
  createRights,
  judge,
  verbs,
  type Act,
  type Judgement,
  type Rights,
  type RightsWorld,
  type Verb,
} from './rights.ts';
export { createTokenService, type TokenService } from './token-service.ts';
export { createTokenStore, type Token, type TokenStore } from './token-store.ts';
