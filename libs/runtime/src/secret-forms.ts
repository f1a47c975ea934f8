/** The shapes in which a secret turns up in headers, URLs, JSON and YAML. */
export function secretForms(secret: string): string[] {
  const whole = secret.toWellFormed();
  const parts = [whole, whole.trim(), ...longLines(whole), ...passwordIn(whole)];
  return [...new Set(parts.flatMap((part) => [part, ...escaped(part), ...base64Forms(part)]))];
}

/** A key in PEM is often logged line by line. */
function longLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return lines.length > 1 ? lines.filter((line) => line.length >= 16 && !line.startsWith('-----')) : [];
}

/** A connection string is a secret because of its password, which drivers quote alone. */
function passwordIn(secret: string): string[] {
  if (!secret.includes('://') || !URL.canParse(secret)) return [];
  const { password } = new URL(secret);
  return password === '' ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function escaped(text: string): string[] {
  const percent = encodeURIComponent(text);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const lowerCase = percent.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [percent, lowerCase, form, encodeURI(text), JSON.stringify(text).slice(1, -1)];
}

/**
 * Base64 of the secret alone, and what of it is certain when it stands inside something longer (`user:secret` in an
 * Authorization header): at each of the three alignments, without the characters that also depend on the neighbours.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const standard = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = (bytes.length + offset) % 3 === 0 ? encoded.length : encoded.length - 1;
    return encoded.slice(offset === 0 ? 0 : offset + 1, end);
  });
  const forms = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, ''), ...standard];
  return forms
    .filter((form) => form.length >= 8)
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}
