export { automate, buildOrder, type AutomationDeps } from './automation.ts';
export { decideRelease } from './decide-release.ts';
export { findArtifact, findService } from './find-subjects.ts';
export { createReleaseRoutes } from './release-routes.ts';
export { ReleaseService } from './release-service.ts';
export { ReleaseStore, releaseQueueChannel } from './release-store.ts';
export { toReleaseView } from './release-view.ts';
export type { Release } from './release.ts';
export { startConfigRepoWriter, type ConfigRepoWriter } from './writer/config-repo-writer.ts';
