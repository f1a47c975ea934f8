export { Commands } from './commands.ts';
