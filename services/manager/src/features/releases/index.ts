export { holdsAlready } from './already-there.ts';
export { appendRequested } from './append-requested.ts';
export { authorOf } from './commit-identity.ts';
export { automate } from './automation.ts';
export { unblockedArtifacts } from './blocked-automation.ts';
export { decideRelease } from './decide-release.ts';
export { stateAfter } from './draft-release.ts';
export { findArtifact, findService } from './find-subjects.ts';
export { judgeWaiting, ordersOf, type WaitJudgement } from './judge-waiting.ts';
export { letGo } from './let-go.ts';
export { createUndeployPort } from './queue-undeploy.ts';
export { createReleaseRoutes } from './release-routes.ts';
export type { RecoveryGuard } from './recovery-guard.ts';
export { ReleaseService } from './release-service.ts';
export { ReleaseStore } from './release-store.ts';
export type { RolloutWatch } from './rollout-watch.ts';
export { settleSource } from './settle-source.ts';
export { toReleaseView } from './release-view.ts';
export type { Release } from './release.ts';
export {
  stopsOn,
  waitsForStopsOnly,
  withStops,
  type SettledAs,
  type StopFile,
  type Stops,
  type StopSubject,
} from './stops.ts';
export type { FluxReports } from './suspended-children.ts';
export { supersede } from './supersede-older.ts';
export { committedReleases, markRolledBack } from './target-history.ts';
export { createWake, type Wake } from './writer/wake.ts';
export { startConfigRepoWriter, type ConfigRepoWriter } from './writer/config-repo-writer.ts';
