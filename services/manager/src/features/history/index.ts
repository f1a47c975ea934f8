export { createHistoryRoutes } from './history-routes.ts';
