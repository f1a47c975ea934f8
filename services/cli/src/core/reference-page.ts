import { commandName, globalOptions, showOptions, type Command, type OptionSpec } from './define-command.ts';
import { exitCodes } from './exit-code.ts';
import { optionSignature, usageLines } from './help.ts';
import { markdownTable } from './markdown-table.ts';

/** What `node test/load/cli-start.ts 20` printed; the promise is 150 ms. */
const startFigures = [
  '## How fast it starts',
  '',
  'From start to end, median of 20 runs by `node test/load/cli-start.ts 20` on 2 cores with Node 24.21.0, where `node -e 0` takes 24 ms.',
  'The one file is what the manager serves; the launcher of a checkout keeps compiled code between starts.',
  '',
  ...markdownTable(
    ['', 'one file', 'launcher'],
    [
      ['`version`', '63 ms', '46 ms'],
      ['`status --all`, a manager on loopback', '118 ms', '108 ms'],
    ],
  ),
];

/** docs/cli.md, from the commands' own definitions. */
export function referencePage(commands: readonly Command[]): string {
  const lines = [
    '# release-cli',
    '',
    'This page is made from the definitions in `services/cli/src/commands`; a test says so when it is behind them.',
    '',
    'Which manager, and as whom: `--url` and `--token-file`, then `RELEASE_MANAGER_URL` and `RELEASE_MANAGER_TOKEN`, then what `login`',
    'stored in `$XDG_CONFIG_HOME/release-cli/config.json` (0600). A stored token goes to the manager it was stored for and to no other.',
    '`--service` defaults to the `release.yaml` that is found upward from the current folder.',
    '',
    'Data goes to stdout, words to stderr. `NO_COLOR` and `FORCE_COLOR` are obeyed. Nothing is asked off a terminal. Ctrl-C while a',
    'release is followed only stops the following, and says how to come back.',
    '',
    '## Exit codes',
    '',
    ...markdownTable(
      ['code', 'meaning'],
      Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning]),
    ),
    '',
    'Several environments: the worst of 3, 1, 4, 5, 7, 6, 8 in this order.',
    '',
    '## Options of every command',
    '',
    ...optionTable(globalOptions),
    '',
    'Of every command that shows data:',
    '',
    ...optionTable(showOptions),
    '',
    ...startFigures,
    '',
    '## Commands',
    '',
    ...commands.map((command) => `- [\`${commandName(command)}\`](#${anchor(command)}): ${command.summary}`),
    ...commands.flatMap(section),
  ];
  return `${lines.join('\n')}\n`;
}

function section(command: Command): string[] {
  const args = Object.entries(command.args ?? {});
  return [
    '',
    `### ${commandName(command)}`,
    '',
    command.summary,
    ...(command.details ?? []).flatMap((paragraph) => ['', paragraph]),
    '',
    '```console',
    ...command.examples.flatMap(({ line, says }) => [`# ${says}`, `$ ${line}`]),
    '```',
    '',
    `Usage: ${usageLines(command)
      .map((line) => `\`${line}\``)
      .join(' · ')}`,
    ...(args.length === 0
      ? []
      : [
          '',
          ...markdownTable(
            ['argument', ''],
            args.map(([name, { summary }]) => [`\`${name}\``, summary]),
          ),
        ]),
    ...(command.options === undefined ? [] : ['', ...optionTable(command.options)]),
    ...(command.shows === true ? ['', 'Shows data: takes `-o` and `--json`.'] : []),
  ];
}

function optionTable(options: Readonly<Record<string, OptionSpec>>): string[] {
  return markdownTable(
    ['option', ''],
    Object.entries(options).map(([name, spec]) => [
      `\`${optionSignature(name, spec)}\``,
      spec.type === 'strings' ? `${spec.summary} May be given several times.` : spec.summary,
    ]),
  );
}

function anchor(command: Command): string {
  return commandName(command).replaceAll(' ', '-');
}
