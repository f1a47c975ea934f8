import { commands } from './commands/index.ts';
import { createContext } from './core/context.ts';
import { describeError, errorAsData } from './core/describe-error.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './core/exit-code.ts';
import { helpForAll, helpForCommand, helpForNoun } from './core/help.ts';
import { oneOf } from './core/one-of.ts';
import { createOutput, outputFormats, serialise, type OutputFormat } from './core/output.ts';
import { parseCommandLine, type ParsedLine } from './core/parse-command-line.ts';
import { UsageError } from './core/usage-error.ts';
import type { World } from './core/world.ts';

/** Runs one command line in the given world, without touching the process; returns what the process should end with. */
export async function runCli(argv: readonly string[], world: World): Promise<ExitCode> {
  if (argv[0] === '__complete') {
    const { complete } = await import('./core/completion/complete.ts');
    await complete(argv.slice(1), commands, world);
    return exitCodes.done.code;
  }
  let format: OutputFormat = 'table';
  try {
    const parsed = parseCommandLine(argv, commands);
    if (parsed.kind === 'help') return help(parsed, world);
    format = formatOf(parsed.options);
    const output = createOutput(world, format);
    const { options } = parsed;
    const context = createContext(world, output, {
      url: options['url'] as string | undefined,
      tokenFile: options['token-file'] as string | undefined,
    });
    return await parsed.command.run({ args: parsed.args, options, context });
  } catch (error) {
    if (world.signal.aborted) {
      world.stderr.write('interrupted\n');
      return exitCodes.interrupted.code;
    }
    if (format === 'json') world.stderr.write(await serialise(errorAsData(error), 'json'));
    else describeError(createOutput(world, 'table'), error, argv.includes('--debug'));
    return exitCodeOf(error);
  }
}

function help(parsed: Extract<ParsedLine, { kind: 'help' }>, world: World): ExitCode {
  const lines =
    parsed.command !== undefined
      ? helpForCommand(parsed.command)
      : parsed.noun !== undefined
        ? helpForNoun(parsed.noun, commands)
        : helpForAll(commands);
  world.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.done.code;
}

function formatOf(options: Readonly<Record<string, unknown>>): OutputFormat {
  const wanted = options['output'] as string | undefined;
  const format = oneOf('-o', wanted, outputFormats) ?? 'table';
  if (options['json'] !== true) return format;
  if (format === 'yaml') throw new UsageError('--json and -o yaml ask for two different things.');
  return 'json';
}
