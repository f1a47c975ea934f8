export { createStatusRoutes } from './status-routes.ts';
