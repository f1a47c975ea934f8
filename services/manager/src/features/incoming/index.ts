export { checkIncoming } from './check-incoming.ts';
export { startIncomingPoll } from './incoming-poll.ts';
export { createIncomingRoutes } from './incoming-routes.ts';
export type { Place } from './read-notification.ts';
export { sweepIncoming } from './sweep-incoming.ts';
export { takeIncomingJob } from './take-incoming-job.ts';
export { createTakeIncoming } from './take-incoming.ts';
