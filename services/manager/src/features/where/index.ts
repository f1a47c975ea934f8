export { createWhereRoutes } from './where-routes.ts';
