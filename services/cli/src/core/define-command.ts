import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';

/** What the manager can be asked for while somebody types. */
export const nameKinds = ['service', 'environment', 'branch', 'artifact', 'release', 'policy', 'token'] as const;
export type NameKind = (typeof nameKinds)[number];
/** How a shell completes a value: a name that the manager knows, something on this machine, or one of these words. */
export type Completes = NameKind | 'file' | 'folder' | readonly string[];

export interface ArgumentSpec {
  readonly summary: string;
  readonly optional?: boolean;
  /** Only where its name does not tell. */
  readonly completes?: Completes;
}

export interface OptionSpec {
  /** `boolean` is there or not, `string` has a value, `strings` may be given several times. */
  readonly type: 'boolean' | 'string' | 'strings';
  readonly summary: string;
  /** The name of the value in help, such as `branch`. */
  readonly value?: string;
  readonly short?: string;
  /** Only where its name does not tell. */
  readonly completes?: Completes;
}

type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;
type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ArgumentValues<A extends ArgumentSpecs> = {
  readonly [Name in keyof A]: A[Name] extends { optional: true } ? string | undefined : string;
};
type OptionValues<O extends OptionSpecs> = {
  readonly [Name in keyof O]: O[Name]['type'] extends 'boolean'
    ? boolean
    : O[Name]['type'] extends 'strings'
      ? readonly string[]
      : string | undefined;
};

export interface CommandInput<A, O> {
  readonly args: A;
  readonly options: O;
  readonly context: Context;
}

/** One command as data: parsing, help, the reference page and completion are made from it. */
export interface CommandSpec<A extends ArgumentSpecs, O extends OptionSpecs> {
  readonly noun: string;
  /** Absent for the commands that are one word, such as `status`. */
  readonly verb?: string;
  readonly summary: string;
  /** What a person should know before using it; a paragraph each. */
  readonly details?: readonly string[];
  /** In the order in which they are given. */
  readonly args?: A;
  readonly options?: O;
  /** Forms of the command line where the arguments alone do not tell; without the command's name. */
  readonly usage?: readonly string[];
  readonly examples: readonly { readonly line: string; readonly says: string }[];
  /** True when it shows data: `-o` then chooses how. */
  readonly shows?: boolean;
  run(input: CommandInput<ArgumentValues<A>, OptionValues<O>>): Promise<ExitCode>;
}

/** A command whose input types are known to itself alone. */
export type Command = Omit<CommandSpec<ArgumentSpecs, OptionSpecs>, 'run'> & {
  run(
    input: CommandInput<Readonly<Record<string, string | undefined>>, Readonly<Record<string, unknown>>>,
  ): Promise<ExitCode>;
};

export function defineCommand<const A extends ArgumentSpecs = {}, const O extends OptionSpecs = {}>(
  spec: CommandSpec<A, O>,
): Command {
  // The parser fills the input from this very definition, so what comes in is what the definition says.
  return spec;
}

/** `artifact push`, `status`. */
export function commandName(command: Pick<Command, 'noun' | 'verb'>): string {
  return command.verb === undefined ? command.noun : `${command.noun} ${command.verb}`;
}

/** The options that every command takes. */
export const globalOptions = {
  url: { type: 'string', value: 'url', summary: 'The manager; else RELEASE_MANAGER_URL, else what `login` stored.' },
  'token-file': {
    type: 'string',
    value: 'file',
    summary: 'File that holds the token; else RELEASE_MANAGER_TOKEN, else what `login` stored for this manager.',
  },
  debug: { type: 'boolean', summary: 'Shows the causes of an error.' },
  help: { type: 'boolean', short: 'h', summary: 'Shows help.' },
} as const satisfies OptionSpecs;

/** The options of every command that shows data. */
export const showOptions = {
  output: { type: 'string', short: 'o', value: 'table|json|yaml', summary: 'How data is shown; table by default.' },
  json: { type: 'boolean', summary: 'The same as `-o json`.' },
} as const satisfies OptionSpecs;

export function optionsOf(command: Command): OptionSpecs {
  return { ...command.options, ...(command.shows === true ? showOptions : {}), ...globalOptions };
}
