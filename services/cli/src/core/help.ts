import { commandName, globalOptions, showOptions, type Command, type OptionSpec } from './define-command.ts';

/** Help without a command: what there is, one line each. */
export function helpForAll(commands: readonly Command[]): string[] {
  return [
    'release-cli puts artifacts into environments, and says what is where and why.',
    '',
    'Usage: release-cli <command> [arguments] [options]',
    '',
    'Commands:',
    ...columns(commands.map((command) => [signature(command), command.summary])),
    '',
    'Every command:',
    ...optionLines(globalOptions),
    '',
    '`release-cli <command> --help` shows its options and examples.',
  ];
}

/** Help on a noun with several verbs. */
export function helpForNoun(noun: string, commands: readonly Command[]): string[] {
  const named = commands.filter((command) => command.noun === noun);
  return [
    `Usage: release-cli ${noun} <verb>`,
    '',
    ...columns(named.map((command) => [signature(command), command.summary])),
    '',
    `\`release-cli ${noun} <verb> --help\` shows its options and examples.`,
  ];
}

/** Help on one command, the examples first. */
export function helpForCommand(command: Command): string[] {
  return [
    command.summary,
    ...(command.details ?? []).flatMap((paragraph) => ['', paragraph]),
    '',
    'Examples:',
    ...command.examples.flatMap(({ line, says }) => [`  # ${says}`, `  ${line}`]),
    '',
    'Usage:',
    ...usageLines(command).map((line) => `  ${line} [options]`),
    ...section(
      'Arguments:',
      columns(Object.entries(command.args ?? {}).map(([name, spec]) => [`<${name}>`, spec.summary])),
    ),
    ...section('Options:', optionLines({ ...command.options, ...(command.shows === true ? showOptions : {}) })),
    ...section('Every command:', optionLines(globalOptions)),
  ];
}

export function usageLines(command: Command): string[] {
  if (command.usage !== undefined) return command.usage.map((form) => `release-cli ${commandName(command)} ${form}`);
  return [`release-cli ${signature(command)}`];
}

/** `artifact show <id>`, `history [environment]`. */
function signature(command: Command): string {
  const args = Object.entries(command.args ?? {}).map(([name, spec]) =>
    spec.optional === true ? `[${name}]` : `<${name}>`,
  );
  return [commandName(command), ...args].join(' ');
}

export function optionSignature(name: string, spec: OptionSpec): string {
  const value = spec.type === 'boolean' ? '' : ` <${spec.value ?? name}>`;
  return `${spec.short === undefined ? '' : `-${spec.short}, `}--${name}${value}`;
}

function optionLines(options: Readonly<Record<string, OptionSpec>>): string[] {
  return columns(
    Object.entries(options).map(([name, spec]) => [
      optionSignature(name, spec),
      spec.type === 'strings' ? `${spec.summary} May be given several times.` : spec.summary,
    ]),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
}
