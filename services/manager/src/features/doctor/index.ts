export { createSystemRoutes } from './doctor-routes.ts';
