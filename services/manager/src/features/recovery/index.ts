export { automationHold } from './automation-hold.ts';
export { checkRecovery, recoveryReadiness } from './check-recovery.ts';
export { createRecoveryGuard } from './recovery-guard.ts';
export { historyIsComplete } from './history-state.ts';
export { createRecoveryRoutes } from './recovery-routes.ts';
export { startRebuilder } from './rebuilder.ts';
