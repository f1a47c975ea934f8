export { Pruned } from './pruned.ts';
