import { AppError } from '@release-manager/domain';
import type { Redactor } from '@release-manager/runtime';
import type { z } from 'zod';

import { textFault } from './text-fault.ts';

/** Where a value stood: in the words of an error. */
export type Place = 'body' | 'query' | 'path';

const unknownWord: Readonly<Record<Place, string>> = {
  body: 'unknown field',
  query: 'unknown query parameter',
  path: 'unknown part of the path',
};
const mostIssues = 8;
const longestValue = 60;

/**
 * The value as the schema gives it back.
 * @throws AppError invalid `http.<place>` that says of each wrong field which it is, what was sent and what is expected
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  { place, redactor }: { readonly place: Place; readonly redactor: Redactor },
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => describeIssue(issue, input, { place, redactor }));
  const more = problems.length - mostIssues;
  const said = problems.slice(0, mostIssues).map(({ message }) => message);
  throw new AppError(
    'invalid',
    `http.${place}`,
    `The ${place} is not valid: ${said.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
    { next: 'see /v1/openapi.json for what is expected', details: { problems: problems.slice(0, mostIssues) } },
  );
}

/**
 * The parameters of a query string, each at most once: with two of a name, two readers could each believe another one.
 * @throws AppError invalid `http.query`
 */
export function readQuery(url: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  const start = url.indexOf('?');
  if (start < 0) return query;
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    if (name in query)
      throw new AppError('invalid', 'http.query', `The query parameter ${short(name)} is given twice.`);
    const fault = textFault(name) ?? textFault(value);
    if (fault !== undefined)
      throw new AppError('invalid', 'http.query', `The query parameter ${short(name)} holds ${fault}.`);
    query[name] = value;
  }
  return query;
}

function describeIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
  { place, redactor }: { readonly place: Place; readonly redactor: Redactor },
): { field: string; message: string } {
  const field = issue.path.map(String).join('.').slice(0, 200);
  if (issue.code === 'unrecognized_keys') {
    const inside = field === '' ? '' : ` in ${field}`;
    return { field, message: `${unknownWord[place]} ${issue.keys.slice(0, 5).map(short).join(', ')}${inside}` };
  }
  const sent = valueAt(input, issue.path);
  const name = field === '' ? `the ${place}` : field;
  if (sent === undefined && issue.path.length > 0)
    return { field, message: `${name} is missing (${expectation(issue)})` };
  const shown = redactor.redact({ [String(issue.path.at(-1) ?? '')]: sent }) as Record<string, unknown>;
  return { field, message: `${name} is ${short(Object.values(shown)[0])}: ${expectation(issue)}` };
}

/** zod's sentence without what it says of the value, which stands in ours. */
function expectation({ message }: z.core.$ZodIssue): string {
  return message.replace(/^Invalid (?:input|string|discriminator value)[:.] /, '').replace(/, received [\w ]+$/, '');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function short(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
