/**
 * What CI systems take as "do not build this commit"; Flux and whoever follows the config repo must see every release. White
 * space is single spaces here already. All brackets around it count, since without the inner ones the outer ones would.
 */
const skipMarks =
  /(?:[[{(*] ?)+(?:(?:skip|no)[\s_-]*(?:ci|actions?|cd|deploy|build|circleci|travis|netlify|vercel)|(?:ci|actions?|build|circleci|travis)[\s_-]*skip)(?: ?[\]})*])+/giu;

/**
 * Any text as one harmless line of a commit message: no line breaks, control or invisible characters, no mark that makes a
 * CI system look away, at most `longest` characters. A second call changes nothing.
 */
export function oneLine(text: string, longest = 200): string {
  const plain = text
    // Far beyond what is kept: what nobody limited before must not cost time here.
    .slice(0, 20_000)
    .toWellFormed()
    // Line and paragraph separators end a line for some readers; format characters turn text around or hide it.
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(skipMarks, (mark) => mark.replaceAll(/[[\](){}*]/g, ' '))
    .replaceAll(/ +/g, ' ')
    .trim();
  return Array.from(plain).slice(0, longest).join('').trim();
}
