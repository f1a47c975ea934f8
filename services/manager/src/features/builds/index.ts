export { createBuildRoutes } from './build-routes.ts';
export { sweepBuilds } from './sweep-builds.ts';
export { createBuildTakeover } from './take-over-build.ts';
