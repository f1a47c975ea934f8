import { UsageError } from './usage-error.ts';

/** @throws UsageError listing what is possible */
export function oneOf<const T extends string>(
  option: string,
  given: string | undefined,
  known: readonly T[],
): T | undefined {
  const found = known.find((one) => one === given);
  if (given === undefined || found !== undefined) return found;
  throw new UsageError(`${option} knows ${known.join(', ')}, not "${given}".`);
}

/** `dev,prod` → both. @throws UsageError on an empty name or one that is given twice */
export function parseNames(what: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UsageError(`${what} has an empty name in it: "${text}".`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`${what} names ${twice} twice.`);
  return names;
}
