import { randomBytes } from 'node:crypto';

/** Secrets of a test that are put in at every entrance and looked for at every exit. */
export interface Canaries {
  /** A value that stands nowhere else; `prefix` for those who want a certain look. */
  plant(name: string, prefix?: string): string;
  /** One that somebody else made. */
  know(name: string, value: string): void;
  /** Names of those that stand in the text, raw, percent-encoded or in base64; without those that are `allowed` there. */
  findIn(text: string, allowed?: readonly string[]): string[];
}

export function createCanaries(): Canaries {
  const forms = new Map<string, readonly string[]>();
  const know = (name: string, value: string): void => {
    forms.set(name, formsOf(value));
  };
  return {
    plant(name, prefix = 'canary-') {
      const value = `${prefix}${randomBytes(18).toString('hex')}`;
      know(name, value);
      return value;
    },
    know,
    findIn(text, allowed = []) {
      return [...forms]
        .filter(([name, looks]) => !allowed.includes(name) && looks.some((look) => text.includes(look)))
        .map(([name]) => name);
    },
  };
}

/** Base64 of what stands behind 0, 1 or 2 bytes of something else, without the characters that depend on the neighbours. */
function formsOf(value: string): string[] {
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]).toString('base64');
    return encoded.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  return [
    value,
    encodeURIComponent(value),
    ...inside,
    ...inside.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}
