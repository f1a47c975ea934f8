export type { Hold, Quarantine } from './hold.ts';
export { HoldStore } from './hold-store.ts';
export { holdTarget, type HoldOutcome } from './hold-target.ts';
export { quarantineArtifact } from './quarantine-artifact.ts';
export { QuarantineStore } from './quarantine-store.ts';
export { settle } from './settle.ts';
export { createStops } from './stops.ts';
