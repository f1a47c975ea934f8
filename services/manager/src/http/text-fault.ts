/**
 * What makes a string impossible to keep: Postgres has no U+0000, and half of a surrogate pair is no UTF-8. Both pass
 * `JSON.parse` and percent-decoding, and would end as an error of the database, which looks like ours.
 */
export function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'the character U+0000';
  return text.isWellFormed() ? undefined : 'half of a surrogate pair, which is no text';
}
