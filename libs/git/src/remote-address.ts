import { AppError } from '@release-manager/domain';

/**
 * Whether git may be pointed at this url. Only fixed protocols pass: with others (`ext::`, or a text that looks like an
 * option) git would start programs. Credentials in a url end up in logs and process lists, so they have their own setting.
 * @throws AppError invalid `git.bad-url`; the message never repeats the url, which may hold a password.
 */
export function assertRemoteUrl(url: string, allowFile: boolean): void {
  if (/[\p{Cc}\s]/u.test(url)) throw badUrl('it has a space or a control character');
  if (allowFile && (url.startsWith('/') || url.startsWith('file:///'))) return;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:', 'ssh:'].includes(parsed.protocol)) {
    throw badUrl('it begins with none of https://, http:// and ssh://');
  }
  // ssh would take a user or host of such a name for an option.
  if (/^(?:$|-|%2D)/i.test(parsed.hostname)) throw badUrl('it names no usable host');
  if (/^(?:-|%2D)/i.test(parsed.username)) throw badUrl('it names no usable user');
  if (hasCredentials(parsed)) throw badUrl('it contains credentials, which belong into their own setting');
}

/** The user of an ssh url is part of the address (`git@`), that of an https url is half of a credential. */
function hasCredentials(url: URL): boolean {
  return url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:');
}

/**
 * The rules of `git check-ref-format` for a branch.
 * @throws AppError invalid `git.bad-branch`
 */
export function assertBranch(branch: string): void {
  const fault =
    branch === '' ||
    branch.length > 250 ||
    /[\p{Cc}\s~^:?*[\\]/u.test(branch) ||
    /^[-/]|\/$|\.$|\.\.|@\{|\/\/|\/\.|^\.|\.lock(?:\/|$)|^@$/.test(branch) ||
    !branch.isWellFormed();
  if (!fault) return;
  throw new AppError(
    'invalid',
    'git.bad-branch',
    `${JSON.stringify(branch.slice(0, 80))} cannot be the name of a git branch.`,
    { next: 'See "git help check-ref-format" for what a name may contain.' },
  );
}

function badUrl(why: string): AppError {
  return new AppError('invalid', 'git.bad-url', `The url of the git remote cannot be used: ${why}.`, {
    next: 'Give a url such as https://git.example.com/team/config.git.',
  });
}
