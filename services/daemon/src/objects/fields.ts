/** A part of an object as the API server sent it: nothing in it is believed before it was looked at. */
export type Fields = Readonly<Record<string, unknown>>;

const nothing: Fields = {};

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(fields: Fields, path: readonly string[]): unknown {
  let value: unknown = fields;
  for (const name of path) {
    if (!isFields(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** The fields below a path; empty where there are none. */
export function fieldsAt(fields: Fields, ...path: readonly string[]): Fields {
  const value = at(fields, path);
  return isFields(value) ? value : nothing;
}

/** The elements of a list that are objects; what is not is left out. */
export function listAt(fields: Fields, ...path: readonly string[]): readonly Fields[] {
  const value = at(fields, path);
  return Array.isArray(value) ? value.filter((item) => isFields(item)) : [];
}

/** The text at a path; absent where it is empty or something else. */
export function textAt(fields: Fields, ...path: readonly string[]): string | undefined {
  const value = at(fields, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number that is not negative. */
export function countAt(fields: Fields, ...path: readonly string[]): number | undefined {
  const value = at(fields, path);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function integerAt(fields: Fields, ...path: readonly string[]): number | undefined {
  const value = at(fields, path);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

export function isTrueAt(fields: Fields, ...path: readonly string[]): boolean {
  return at(fields, path) === true;
}

export function booleanAt(fields: Fields, ...path: readonly string[]): boolean | undefined {
  const value = at(fields, path);
  return typeof value === 'boolean' ? value : undefined;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A time as the API server writes it (RFC 3339); absent where it is none. */
export function timeAt(fields: Fields, ...path: readonly string[]): string | undefined {
  const value = textAt(fields, ...path);
  return value !== undefined && rfc3339.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/**
 * The text, cut to so many UTF-16 units: what comes out of a cluster is written by anybody. A surrogate pair is not cut in
 * two, and characters that no database keeps are replaced.
 */
export function cut(text: string, most: number): string {
  const clean = text.toWellFormed().replaceAll('\u0000', '\uFFFD');
  if (clean.length <= most) return clean;
  const end = /[\uD800-\uDBFF]/.test(clean[most - 2] ?? '') ? most - 2 : most - 1;
  return `${clean.slice(0, end)}…`;
}
