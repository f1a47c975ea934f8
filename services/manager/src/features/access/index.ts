export { createAccessRoutes } from './access-routes.ts';
export { createAuthenticator, type PersonById } from './authenticator.ts';
export { createRights, type Rights } from './rights.ts';
export { createTokenService } from './token-service.ts';
export { createTokenStore } from './token-store.ts';
