export { createCommandWatch } from './commands/command-watch.ts';
export { createDaemonRoutes } from './daemon-routes.ts';
export { sweepObservations } from './sweep-observations.ts';
