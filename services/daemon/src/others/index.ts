export { Others } from './others.ts';
