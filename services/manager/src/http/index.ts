export { createApp } from './create-app.ts';
export { cutPage, parseNameCursor, parsePosition } from './cursor.ts';
export type { Routes, StreamedEvent } from './handler.ts';
export type { LandingPage } from './landing-page.ts';
export type { Authenticate, Principal } from './principal.ts';
export type { Mount, RawRoute } from './raw-routes.ts';
export { readRawBody } from './read-body.ts';
export type { ReadinessCheck } from './readiness.ts';
export { createMetricsServer, listen } from './server.ts';
