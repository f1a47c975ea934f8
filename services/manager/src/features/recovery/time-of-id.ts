const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** 26 characters hold 128 bits: 48 of milliseconds, then 80 random ones. */
const timeCharacters = 26;
const randomBits = 80n;

/** When an id of `newId` was made; nothing for a text that is none. */
export function timeOfId(id: string): Date | undefined {
  const text = id.slice(id.indexOf('_') + 1);
  if (text.length !== timeCharacters) return undefined;
  let bits = 0n;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) return undefined;
    bits = (bits << 5n) | BigInt(value);
  }
  const made = new Date(Number(bits >> randomBits));
  return Number.isNaN(made.getTime()) ? undefined : made;
}
