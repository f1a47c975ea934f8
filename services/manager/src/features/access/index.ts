export type { AccessInForce } from './access-in-force.ts';
export { createAccessRoutes } from './access-routes.ts';
export { watchAccess } from './access-watch.ts';
export { createAuthenticator, type PersonById } from './authenticator.ts';
export { checkAccess } from './check-access.ts';
export { findPerson } from './find-person.ts';
export { createRights, type Rights } from './rights.ts';
export { createTokenService } from './token-service.ts';
export { createTokenStore } from './token-store.ts';
