export { runCheck } from './doctor-check.ts';
export { createSystemRoutes } from './doctor-routes.ts';
export { checkGithub, checkSources } from './github-check.ts';
