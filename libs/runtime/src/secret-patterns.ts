/**
 * Secrets that nobody registered, known by their looks: request headers, URLs, keys and tokens in somebody else's error
 * message or in a crash log. Each pattern keeps group 1 and masks the rest; each is linear in the text, for the text may be
 * an attacker's.
 */
const patterns: readonly RegExp[] = [
  // An Authorization header, also inside escaped JSON, to the end of its line or string.
  /((?:proxy-)?authorization\\*["']?[ \t]*[:=][ \t]*)\\*["']?[^\s"'\\][^\r\n"'\\]*/gi,
  /((?<![a-z0-9])bearer[ \t]+)[\w.~+/=-]{16,}/gi,
  // User and password in a URL. `git@` of an SSH address is no secret and tells people something.
  /(:\/\/)(?!git@)[^\s/?#"'<>]*@/g,
  /([?&;](?:x-amz-(?:signature|security-token|credential)|x-goog-signature|signature|sig|(?:access_|private_)?token|client_secret|password|secret)=)[^&\s"'<>\\]+/gi,
  // Without its end the key was cut off: then everything that follows is part of it.
  /()-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  // Tokens: ours, GitHub's, Slack's, and anybody's JSON web token.
  /((?<![A-Za-z0-9]))rm_[\w-]{16,}/g,
  /((?<![A-Za-z0-9]))(?:gh[a-z]_\w{20,}|github_pat_\w{20,})/g,
  /((?<![A-Za-z0-9]))x(?:ox[a-z]|app)-[\w-]{10,}/g,
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/g,
  /((?<![\w-]))eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
];

/** The text with everything that looks like a secret replaced by the mask. */
export function redactPatterns(text: string, mask: string): string {
  return patterns.reduce((result, pattern) => result.replaceAll(pattern, `$1${mask}`), text);
}
