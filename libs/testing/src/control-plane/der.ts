/** The little of ASN.1's distinguished encoding (X.690) that a certificate is written in. */

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const digits = Buffer.from(bytes.toString(16).padStart(bytes > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

export const sequence = (...parts: Buffer[]): Buffer => element(0x30, Buffer.concat(parts));
export const set = (...parts: Buffer[]): Buffer => element(0x31, Buffer.concat(parts));
export const octets = (content: Buffer): Buffer => element(0x04, content);
export const bits = (content: Buffer): Buffer => element(0x03, Buffer.concat([Buffer.from([0]), content]));
export const truth = (): Buffer => element(0x01, Buffer.from([0xff]));
export const text = (value: string): Buffer => element(0x0c, Buffer.from(value));
/** A field that is told by its number; primitive ones replace the tag, constructed ones wrap an element. */
export const primitive = (number: number, content: Buffer): Buffer => element(0x80 | number, content);
export const constructed = (number: number, content: Buffer): Buffer => element(0xa0 | number, content);

/** A positive integer from its bytes. */
export function integer(bytes: Buffer): Buffer {
  return element(0x02, ((bytes[0] ?? 0) & 0x80) === 0 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

/** `1.2.840…`; each number in groups of seven bits, the first two in one. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const encode = (value: number): number[] => {
    const groups = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  };
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(encode)));
}

/** UTCTime, which ends with the year 2049. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}
