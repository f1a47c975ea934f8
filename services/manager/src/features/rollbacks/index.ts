export { createRollbackRoutes } from './rollback-routes.ts';
