export { createApp, type AppOptions } from './create-app.ts';
export type {
  Handler,
  Handlers,
  OperationRequest,
  PublicHandler,
  Routes,
  StreamedEvent,
  StreamHandler,
} from './handler.ts';
export type { LandingPage } from './landing-page.ts';
export { callerOf, type Authenticate, type Principal } from './principal.ts';
export type { Mount, RawRoute } from './raw-routes.ts';
export type { ReadinessCheck, ReadinessResult } from './readiness.ts';
export { createMetricsServer, listen, type HttpServer, type ListenOptions } from './server.ts';
export { cutPage, parsePosition } from './cursor.ts';
