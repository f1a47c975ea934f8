/** What is of others and must not act: control and format characters (also those that turn the direction of text). */
const acting = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** `:name:` would become a picture, and a line that somebody wrote would look like one of ours. */
const emojiName = /:(?=[a-z0-9_+'-]+:)/gi;

/**
 * Text of others for a mrkdwn field, on one line: Slack's three characters are escaped, so that it holds no link and no mention,
 * and marks that would change what stands around it do nothing.
 * @param most characters of the result, at least 1; what is longer ends in `…`
 */
export function foreign(text: string, most: number): string {
  const line = text
    .replaceAll(acting, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(emojiName, ':\u2060')
    .replaceAll('`', 'ˋ')
    .replaceAll('*', '∗')
    .replaceAll('~', '∼');
  let made = '';
  for (const character of line) {
    const next = entities[character] ?? character;
    // Never in the middle of an entity or of a character.
    if (made.length + next.length > most) return `${cutBack(made, most - 1)}…`;
    made += next;
  }
  return made;
}

function cutBack(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, most).replace(/&[a-z]*$|[\uD800-\uDBFF]$/, '');
}

/** Text of others for a place where Slack reads no markup: a label, preformatted lines. Keeps its lines. */
export function raw(text: string, most: number): string {
  const clean = text.replaceAll(/[^\P{C}\n\t]/gu, ' ');
  if (clean.length <= most) return clean;
  return `${clean.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A link; only its text when the address is none that may be followed. */
export function link(address: string | undefined, label: string): string {
  const url = webAddress(address);
  return url === undefined ? label : `<${url.replaceAll('&', '&amp;')}|${label.replaceAll('|', '¦')}>`;
}

/** The address as one of http(s), without any character that ends a link in Slack. */
export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined || address.length > 2000 || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  const written = url.href.replaceAll(/[|<>]/g, (character) => encodeURIComponent(character));
  return written.length > 2500 ? undefined : written;
}

/** A time of day, in the reader's own zone. */
export function clockTime(at: Date): string {
  return `<!date^${Math.floor(at.getTime() / 1000)}^{time}|${at.toISOString().slice(11, 16)} UTC>`;
}

/** Somebody who is told by it. */
export function mention(slackId: string): string | undefined {
  return /^[UW][A-Z0-9]{4,20}$/.test(slackId) ? `<@${slackId}>` : undefined;
}
