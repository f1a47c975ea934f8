import {
  commandName,
  globalOptions,
  optionsOf,
  type Command,
  type Completes,
  type OptionSpec,
} from '../define-command.ts';
import { completionOf, isList } from './value-completion.ts';

export interface Word {
  readonly word: string;
  readonly summary: string;
}

/** What may stand where somebody is typing. */
export type Wanted =
  | { readonly kind: 'words'; readonly words: readonly Word[] }
  | {
      readonly kind: 'value';
      readonly completes: Completes;
      /** What may stand there instead, such as `list` after `hold`. */
      readonly beside: readonly Word[];
      /** What stands before the value in the same word: `--env=`, `dev,`. */
      readonly lead: string;
      /** Members of the list that stand there already. */
      readonly taken: readonly string[];
      readonly service?: string;
      /** Another manager is named in the line, whom nobody has decided to ask yet. */
      readonly elsewhere: boolean;
    };

const nothing: Wanted = { kind: 'words', words: [] };

/**
 * Understands a line that is not finished: `words` are those after the program's name, the last one is being typed. It never
 * throws; what makes no sense is not completed.
 */
export function completeLine(words: readonly string[], commands: readonly Command[]): Wanted {
  const current = words.at(-1) ?? '';
  const line = readLine(words.slice(0, -1), commands);
  const positionals = line.positionals[0] === 'help' ? line.positionals.slice(1) : line.positionals;
  const command = findCommand(positionals, commands);
  if (line.pending !== undefined) return optionValue(line, command, { name: line.pending, lead: '', typed: current });
  if (current.startsWith('-') && !line.onlyArguments) return option(line, command, current);
  if (command === undefined) return commandWords(positionals, commands);
  if (positionals !== line.positionals) return nothing;
  return argument(line, command, { typed: current, beside: verbsBeside(line, command, commands) });
}

/** A command of one word may have others that go on with a verb. */
function verbsBeside({ positionals }: Line, { noun, verb }: Command, commands: readonly Command[]): readonly Word[] {
  if (verb !== undefined || positionals.length !== 1) return [];
  return commands.flatMap((other) =>
    other.noun === noun && other.verb !== undefined ? [{ word: other.verb, summary: other.summary }] : [],
  );
}

interface Line {
  readonly positionals: readonly string[];
  /** By name; flags have an empty value. */
  readonly options: ReadonlyMap<string, string>;
  /** The option whose value is being typed. */
  readonly pending?: string;
  /** After `--`. */
  readonly onlyArguments: boolean;
}

function readLine(before: readonly string[], commands: readonly Command[]): Line {
  const takesValue = new Map(
    commands.flatMap((command) =>
      Object.entries(optionsOf(command)).flatMap(([name, spec]): [string, string][] =>
        spec.type === 'boolean'
          ? []
          : [[`--${name}`, name], ...(spec.short === undefined ? [] : [[`-${spec.short}`, name] as [string, string]])],
      ),
    ),
  );
  const positionals: string[] = [];
  const options = new Map<string, string>();
  for (let index = 0; index < before.length; index += 1) {
    const word = before[index] ?? '';
    if (word === '--')
      return { positionals: [...positionals, ...before.slice(index + 1)], options, onlyArguments: true };
    const name = takesValue.get(word);
    if (name !== undefined) {
      const value = before[index + 1];
      if (value === undefined) return { positionals, options, pending: name, onlyArguments: false };
      options.set(name, value);
      index += 1;
    } else if (word.startsWith('-')) {
      const [, long = '', value = ''] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
      options.set(long, value);
    } else positionals.push(word);
  }
  return { positionals, options, onlyArguments: false };
}

function findCommand([noun, verb]: readonly string[], commands: readonly Command[]): Command | undefined {
  return (
    commands.find((command) => command.noun === noun && command.verb !== undefined && command.verb === verb) ??
    commands.find((command) => command.noun === noun && command.verb === undefined)
  );
}

function commandWords(positionals: readonly string[], commands: readonly Command[]): Wanted {
  const [noun] = positionals;
  if (positionals.length > 1) return nothing;
  if (noun !== undefined) {
    const verbs = commands.filter((command) => command.noun === noun);
    return { kind: 'words', words: verbs.map(({ verb, summary }) => ({ word: verb ?? '', summary })) };
  }
  const nouns = new Map<string, string>();
  for (const command of commands) {
    const named = commands.filter((other) => other.noun === command.noun);
    const single = named.find(({ verb }) => verb === undefined);
    nouns.set(command.noun, single?.summary ?? named.flatMap(({ verb }) => verb ?? []).join(', '));
  }
  return { kind: 'words', words: [...nouns].map(([word, summary]) => ({ word, summary })) };
}

function option(line: Line, command: Command | undefined, current: string): Wanted {
  const [, name, typed] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined && typed !== undefined) return optionValue(line, command, { name, lead: `--${name}=`, typed });
  const specs: Readonly<Record<string, OptionSpec>> = command === undefined ? globalOptions : optionsOf(command);
  const left = Object.entries(specs).filter(([known, spec]) => spec.type === 'strings' || !line.options.has(known));
  return { kind: 'words', words: left.map(([known, { summary }]) => ({ word: `--${known}`, summary })) };
}

function optionValue(
  line: Line,
  command: Command | undefined,
  { name, lead, typed }: { name: string; lead: string; typed: string },
): Wanted {
  const spec = command === undefined ? undefined : optionsOf(command)[name];
  const completes = spec === undefined || spec.type === 'boolean' ? undefined : completionOf(name, spec);
  return value(line, completes, { lead, typed, list: isList(name) });
}

function argument(line: Line, command: Command, { typed, beside }: { typed: string; beside: readonly Word[] }): Wanted {
  const index = line.positionals.length - commandName(command).split(' ').length;
  // `release --artifact <id> <env>`: the branch has no place then.
  const specs = Object.entries(command.args ?? {}).filter(
    ([name]) => name !== 'branch' || !line.options.has('artifact'),
  );
  const [name, spec] = specs[index] ?? [];
  // A command without arguments may still have others that go on with a verb.
  if (name === undefined || spec === undefined) return { kind: 'words', words: beside };
  return value(line, completionOf(name, spec), { lead: '', typed, list: isList(name), beside });
}

function value(
  line: Line,
  completes: Completes | undefined,
  { lead, typed, list, beside = [] }: { lead: string; typed: string; list: boolean; beside?: readonly Word[] },
): Wanted {
  if (completes === undefined) return nothing;
  const members = list ? typed.split(',').slice(0, -1) : [];
  const service = line.options.get('service');
  return {
    kind: 'value',
    completes,
    beside,
    lead: lead + members.map((member) => `${member},`).join(''),
    taken: members,
    elsewhere: line.options.has('url') || line.options.has('token-file'),
    ...(service === undefined ? {} : { service }),
  };
}
