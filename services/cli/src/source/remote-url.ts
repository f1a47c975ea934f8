import { AppError } from '@release-manager/domain';

const scpLike = /^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)[^\s:-][^\s]*$/;

/** True for what is meant as the address of a repository rather than as a folder. */
export function isRemote(text: string): boolean {
  return text.includes('://') || scpLike.test(text);
}

/**
 * An address that git may be given: https, http or ssh. git knows transports that run a command (`ext::`), and takes what
 * begins with `-` for an option.
 * @throws AppError invalid `git.url`
 */
export function assertRemote(text: string): void {
  const isKnown = /^(?:https?|ssh):\/\/[^-\s]\S*$/.test(text) || (scpLike.test(text) && !text.includes('::'));
  const hasControl = /[\p{Cc}\p{Cf}]/u.test(text);
  if (isKnown && !hasControl && !text.startsWith('-')) return;
  throw new AppError('invalid', 'git.url', 'This is no address of a repository that can be used.', {
    next: 'give it as https://host/path, ssh://git@host/path or git@host:path',
  });
}
