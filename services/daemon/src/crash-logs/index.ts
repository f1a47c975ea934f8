export { CrashLogs } from './crash-logs.ts';
export { readLog } from './read-log.ts';
