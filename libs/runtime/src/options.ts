import { readFileSync } from 'node:fs';

import { AppError, messageOf } from '@release-manager/domain';
import type { z } from 'zod';

/** One setting. Whether it must be set is said by the schema: `.optional()` may be absent, anything else may not. */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** Parses the text of the variable (use `z.coerce` for numbers); without a value and a default it is given undefined. */
  readonly schema: Schema;
  /** What an absent variable stands for, as somebody would write it in the environment; it passes the schema too. */
  readonly default?: string | number | boolean;
  /** One sentence for the reference page, without a full stop at its end. */
  readonly description: string;
  /** Never shown in a message or a log, and readable from the file that `<NAME>_FILE` names. */
  readonly secret?: boolean;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The values of a table, typed by its schemas. */
export type Options<Table extends OptionTable> = { readonly [Name in keyof Table]: z.output<Table[Name]['schema']> };

/** `process.env`, or a stand-in for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Result = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** Keeps the literal names of a table, so that `Options<typeof table>` is exact. */
export function defineOptions<const Table extends OptionTable>(table: Table): Table {
  return table;
}

/**
 * Reads every option of the table. An empty variable counts as absent, because that is how compose files and charts pass
 * on what nobody set.
 *
 * @throws {AppError} invalid `config.invalid`: all problems at once in `details.problems`; values of secrets never in it.
 */
export function readOptions<const Table extends OptionTable>(
  table: Table,
  environment: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Options<Table> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, option] of Object.entries<Option>(table)) {
    const text = textOf(name, option, { environment, readFile });
    const result = text.ok ? parse(name, option, text.value) : text;
    if (result.ok) values[name] = result.value;
    else problems.push(result.problem);
  }
  if (problems.length > 0) {
    throw new AppError('invalid', 'config.invalid', `The settings are not valid: ${problems.join('; ')}`, {
      next: 'Correct these environment variables and start again.',
      details: { problems },
    });
  }
  return values as Options<Table>;
}

/** The secrets among the values that were read, for `Redactor.register`. */
export function secretValues<const Table extends OptionTable>(table: Table, values: Options<Table>): string[] {
  const all: Readonly<Record<string, unknown>> = values;
  return Object.entries<Option>(table)
    .filter(([, option]) => option.secret === true)
    .map(([name]) => all[name])
    .filter((value) => typeof value === 'string')
    .filter((value) => value !== '');
}

type Text =
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly problem: string };

interface Source {
  readonly environment: Environment;
  readonly readFile: (path: string) => string;
}

function textOf(name: string, option: Option, { environment, readFile }: Source): Text {
  const inline = presence(environment[name]);
  const file = option.secret === true ? presence(environment[`${name}_FILE`]) : undefined;
  if (file === undefined) {
    return { ok: true, value: inline ?? (option.default === undefined ? undefined : String(option.default)) };
  }
  if (inline !== undefined) return { ok: false, problem: `${name} and ${name}_FILE are both set; keep one of them` };
  try {
    // Editors and `echo` end a file with a newline that is no part of the secret.
    const value = presence(readFile(file).replace(/\r?\n$/, ''));
    return value === undefined
      ? { ok: false, problem: `${name}_FILE names an empty file, ${file}` }
      : { ok: true, value };
  } catch (error) {
    return { ok: false, problem: `${name}_FILE cannot be read (${messageOf(error)})` };
  }
}

function presence(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function parse(name: string, option: Option, text: string | undefined): Result {
  // Asked before the schema is: z.coerce.string() would turn an absent value into the word "undefined".
  if (text === undefined && !option.schema.safeParse(undefined).success) {
    return { ok: false, problem: `${name} is not set (${option.description})` };
  }
  try {
    const parsed = option.schema.safeParse(text);
    if (parsed.success) return { ok: true, value: parsed.data };
    return { ok: false, problem: invalid(name, option, parsed.error.issues.map((issue) => issue.message).join(', ')) };
  } catch (error) {
    return { ok: false, problem: invalid(name, option, messageOf(error)) };
  }
}

/** A schema's own message may repeat the value, so that of a secret is left out whole. */
function invalid(name: string, option: Option, message: string): string {
  return option.secret === true ? `${name} is not valid (${option.description})` : `${name}: ${message}`;
}
