import { plainValue } from './plain-value.ts';
import { secretForms } from './secret-forms.ts';
import { redactPatterns } from './secret-patterns.ts';

const mask = '[redacted]';

/** Below this length a secret would mask half of every line, and is guessed at once anyway. */
const shortest = 6;

/** Cuts off what nobody reads in a log line; done after masking, because half a secret is one that no pattern knows. */
const longest = 32_768;

const secretKey =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|pass(?:word|wd|phrase)|secret|token|(?:access|refresh|id|bearer)[-_]?token|(?:private|api|signing)[-_]?key|client[-_]?secret)$/i;

/** Masks secrets in whatever leaves the process as text. */
export interface Redactor {
  /** From now on this string is masked, raw and as base64, URL-encoded or JSON-escaped. Shorter than 6 characters: ignored. */
  register(secret: string): void;
  redact(text: string): string;
  /** A JSON-safe copy with every string (keys too) masked; values under names such as `authorization` are masked whole. */
  redact(value: unknown): unknown;
}

export function createRedactor(): Redactor {
  const forms = new Set<string>();

  function redactText(text: string): string {
    const masked = redactPatterns(maskRanges(text, rangesOf(text, forms)), mask);
    return masked.length > longest
      ? `${masked.slice(0, longest)}… [${masked.length - longest} more characters]`
      : masked;
  }

  function redact(text: string): string;
  function redact(value: unknown): unknown;
  function redact(value: unknown): unknown {
    if (typeof value === 'string') return redactText(value);
    return plainValue(value, { text: redactText, hides: (key) => secretKey.test(key), mask });
  }

  return {
    register: (secret) => {
      if (secret.trim().length < shortest) return;
      for (const form of secretForms(secret)) if (form.length >= shortest) forms.add(form);
    },
    redact,
  };
}

type Range = readonly [start: number, end: number];

/** Every place where a form stands, overlaps included: masking one secret must not leave the tail of another. */
function rangesOf(text: string, forms: ReadonlySet<string>): Range[] {
  const found: Range[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) found.push([at, at + form.length]);
  }
  return found.toSorted(([a], [b]) => a - b);
}

function maskRanges(text: string, ranges: readonly Range[]): string {
  let result = '';
  let done = 0;
  let open = false;
  for (const [start, end] of ranges) {
    if (!open || start > done) result += text.slice(done, start) + mask;
    open = true;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}
