import * as access from './access.ts';
import * as artifacts from './artifacts.ts';
import * as builds from './builds.ts';
import * as daemon from './daemon/index.ts';
import * as deliveries from './deliveries.ts';
import * as history from './history.ts';
import * as holds from './holds.ts';
import * as incoming from './incoming.ts';
import * as logs from './logs.ts';
import type { Operation } from './operation.ts';
import * as policies from './policies.ts';
import * as recovery from './recovery.ts';
import * as releases from './releases.ts';
import * as rollbacks from './rollbacks.ts';
import * as rollouts from './rollouts.ts';
import * as services from './services.ts';
import * as status from './status.ts';
import * as system from './system.ts';
import * as where from './where.ts';

/** The whole API, in the order of the walk. The route-table test fails on a route that is not here. */
export const operations = {
  reportBuild: builds.reportBuild,
  showBuild: builds.showBuild,
  listBuilds: builds.listBuilds,
  registerArtifact: artifacts.registerArtifact,
  completeArtifact: artifacts.completeArtifact,
  showArtifact: artifacts.showArtifact,
  listArtifacts: artifacts.listArtifacts,
  listIncomingProblems: incoming.listIncomingProblems,
  requestRelease: releases.requestRelease,
  planRelease: releases.planRelease,
  listReleases: releases.listReleases,
  showRelease: releases.showRelease,
  retryRelease: releases.retryRelease,
  listCrashLogs: rollouts.listCrashLogs,
  requestLogs: logs.requestLogs,
  showLogs: logs.showLogs,
  requestRollback: rollbacks.requestRollback,
  planRollback: rollbacks.planRollback,
  setHold: holds.setHold,
  liftHold: holds.liftHold,
  listHolds: holds.listHolds,
  quarantineArtifact: holds.quarantineArtifact,
  liftQuarantine: holds.liftQuarantine,
  listQuarantines: holds.listQuarantines,
  listDeliveries: deliveries.listDeliveries,
  retryDelivery: deliveries.retryDelivery,
  showStatus: status.showStatus,
  explainEnvironment: status.explainEnvironment,
  showWhere: where.showWhere,
  showHistory: history.showHistory,
  listLedger: status.listLedger,
  followEvents: status.followEvents,
  listServices: services.listServices,
  showService: services.showService,
  addService: services.addService,
  setService: services.setService,
  listEnvironments: services.listEnvironments,
  listPolicies: policies.listPolicies,
  applyPolicy: policies.applyPolicy,
  deletePolicy: policies.deletePolicy,
  createToken: access.createToken,
  listTokens: access.listTokens,
  revokeToken: access.revokeToken,
  showFluxSecret: rollouts.showFluxSecret,
  whoami: access.whoami,
  canI: access.canI,
  showRecovery: recovery.showRecovery,
  resumeAutomation: recovery.resumeAutomation,
  reportObservations: daemon.reportObservations,
  takeCommands: daemon.takeCommands,
  finishCommand: daemon.finishCommand,
  showVersion: system.showVersion,
  runDoctor: system.runDoctor,
} satisfies Record<string, Operation>;

export type Operations = typeof operations;
export type OperationId = keyof Operations;
