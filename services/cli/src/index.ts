export { commands } from './commands/index.ts';
export { exitCodes, type ExitCode } from './core/exit-code.ts';
export { referencePage } from './core/reference-page.ts';
export type { TextSink, TextSource, World } from './core/world.ts';
export { runCli } from './run-cli.ts';
