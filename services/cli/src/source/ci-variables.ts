import type { Person } from './build-facts.ts';

/** Variables of a CI system. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A text with something in it; CI systems set variables to nothing where others leave them out. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A positive whole number. */
export function integer(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : /^\d{1,15}$/.test(String(value)) ? Number(value) : undefined;
  return number !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

export function object(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

export function person(value: unknown): Person | undefined {
  const name = text(object(value)?.['name']);
  const email = text(object(value)?.['email']);
  return name === undefined || email === undefined ? undefined : { name, email };
}

/** Both parts and the separator, or nothing. */
export function joined(before: string | undefined, separator: string, after: string | undefined): string | undefined {
  return before === undefined || after === undefined ? undefined : `${before}${separator}${after}`;
}
