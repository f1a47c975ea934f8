export { startTracing } from './export-traces.ts';
