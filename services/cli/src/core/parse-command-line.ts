import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

import { commandName, optionsOf, type Command, type OptionSpec } from './define-command.ts';
import { didYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

export type ParsedLine =
  | { readonly kind: 'help'; readonly command?: Command; readonly noun?: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly args: Readonly<Record<string, string | undefined>>;
      readonly options: Readonly<Record<string, unknown>>;
    };

/**
 * Understands a command line by the commands' own definitions. Options may stand anywhere, also before the command.
 * @throws UsageError naming what is wrong and what was probably meant
 */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): ParsedLine {
  if (argv.length === 0) return { kind: 'help' };
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v'))
    return parseCommandLine(['version'], commands);
  const found = findCommand(argv, commands);
  if (found === undefined) return unfound(argv, commands);
  const { command, rest } = found;
  if (wantsHelp(rest)) return { kind: 'help', command };
  const { values, positionals } = parse(command, rest);
  return { kind: 'run', command, args: nameArguments(command, positionals), options: values };
}

/** The words of the command are the first ones that are neither options nor their values. */
function findCommand(
  argv: readonly string[],
  commands: readonly Command[],
): { command: Command; rest: readonly string[] } | undefined {
  const words = wordIndexes(argv, commands);
  const [first, second] = words;
  if (first === undefined) return undefined;
  const noun = argv[first];
  const verb = second === undefined ? undefined : argv[second];
  const pair = commands.find((command) => command.noun === noun && command.verb !== undefined && command.verb === verb);
  if (pair !== undefined)
    return { command: pair, rest: argv.filter((_, index) => index !== first && index !== second) };
  const single = commands.find((command) => command.noun === noun && command.verb === undefined);
  return single === undefined ? undefined : { command: single, rest: argv.filter((_, index) => index !== first) };
}

function wordIndexes(argv: readonly string[], commands: readonly Command[]): number[] {
  const withValue = new Set(
    commands.flatMap((command) =>
      Object.entries(optionsOf(command)).flatMap(([name, spec]) =>
        spec.type === 'boolean' ? [] : [`--${name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])],
      ),
    ),
  );
  const indexes: number[] = [];
  for (let index = 0; index < argv.length && argv[index] !== '--'; index += 1) {
    const word = argv[index] ?? '';
    if (withValue.has(word)) index += 1;
    else if (!word.startsWith('-')) indexes.push(index);
  }
  return indexes;
}

function wantsHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf('--');
  return rest.slice(0, end === -1 ? rest.length : end).some((word) => word === '--help' || word === '-h');
}

function unfound(argv: readonly string[], commands: readonly Command[]): ParsedLine {
  const words = wordIndexes(argv, commands).map((index) => argv[index] ?? '');
  const [noun, verb] = words[0] === 'help' ? words.slice(1) : words;
  if (noun === undefined) return { kind: 'help' };
  const named = commands.filter((command) => command.noun === noun);
  if (named.length === 0) {
    const meant = didYouMean(noun, [...new Set(commands.map((command) => command.noun))]);
    throw new UsageError(`There is no command "${noun}".`, suggestion(meant));
  }
  const exact = named.find((command) => command.verb === verb);
  if (words[0] === 'help' && exact !== undefined) return { kind: 'help', command: exact };
  if (verb === undefined || words[0] === 'help' || wantsHelp(argv)) return { kind: 'help', noun };
  const meant = didYouMean(
    verb,
    named.flatMap((command) => command.verb ?? []),
  );
  throw new UsageError(
    `There is no command "${noun} ${verb}".`,
    suggestion(meant === undefined ? undefined : `${noun} ${meant}`),
  );
}

function suggestion(meant: string | undefined): string {
  return meant === undefined
    ? '`release-cli help` lists the commands'
    : `did you mean \`release-cli ${meant}\`? \`release-cli help\` lists the commands`;
}

function parse(
  command: Command,
  rest: readonly string[],
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  const specs = optionsOf(command);
  const config: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, toConfig(spec)]),
  );
  const { tokens, positionals, values } = parseArgs({
    args: [...rest],
    options: config,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = specs[token.name];
    if (spec === undefined) throw unknownOption(command, token.rawName);
    if (spec.type === 'boolean' && token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value.`, helpOf(command));
    if (spec.type !== 'boolean' && (token.value === undefined || token.value === ''))
      throw new UsageError(`${token.rawName} needs a value: <${spec.value ?? token.name}>.`, helpOf(command));
    if (spec.type === 'string' && seen.has(token.name))
      throw new UsageError(`${token.rawName} is given twice.`, helpOf(command));
    seen.add(token.name);
  }
  const missing: Record<string, unknown> = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      spec.type === 'boolean' ? false : spec.type === 'strings' ? [] : undefined,
    ]),
  );
  return { values: { ...missing, ...values }, positionals };
}

function toConfig(spec: OptionSpec): ParseArgsOptionsConfig[string] {
  return {
    type: spec.type === 'boolean' ? 'boolean' : 'string',
    multiple: spec.type === 'strings',
    ...(spec.short === undefined ? {} : { short: spec.short }),
  };
}

function unknownOption(command: Command, given: string): UsageError {
  const meant = didYouMean(given.replace(/^-+/, ''), Object.keys(optionsOf(command)));
  const hint = meant === undefined ? '' : `did you mean --${meant}? `;
  return new UsageError(`\`${commandName(command)}\` has no option ${given}.`, `${hint}${helpOf(command)}`);
}

function nameArguments(command: Command, given: readonly string[]): Record<string, string | undefined> {
  const specs = Object.entries(command.args ?? {});
  const surplus = given[specs.length];
  if (surplus !== undefined)
    throw new UsageError(`\`${commandName(command)}\` does not know what to do with "${surplus}".`, helpOf(command));
  return Object.fromEntries(
    specs.map(([name, spec], index) => {
      const value = given[index];
      if (spec.optional !== true && (value === undefined || value === ''))
        throw new UsageError(`\`${commandName(command)}\` needs <${name}>: ${spec.summary}`, helpOf(command));
      // Where several are possible the argument is called `environments`.
      if (name === 'environment' && value?.includes(',') === true)
        throw new UsageError(
          `\`${commandName(command)}\` takes one environment, not "${value}".`,
          'run it once for each',
        );
      return [name, value];
    }),
  );
}

function helpOf(command: Command): string {
  return `\`release-cli ${commandName(command)} --help\` shows how it is used`;
}
