const prefix = 'release-manager.io/';

/** The keys that the manager sets on what it commits, and by which the daemon finds it again. */
export const stampKeys = {
  managed: `${prefix}managed`,
  service: `${prefix}service`,
  owner: `${prefix}owner`,
  artifactId: `${prefix}artifact-id`,
  releaseId: `${prefix}release-id`,
} as const;

/** True for every key below `release-manager.io`, also those that mean nothing yet. */
export function isReservedKey(key: string): boolean {
  return key.toLowerCase().startsWith(prefix);
}
