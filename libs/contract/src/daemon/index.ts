export * from './daemon.ts';
export * from './flux-facts.ts';
export * from './object-facts.ts';
export * from './observation.ts';
