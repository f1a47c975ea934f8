import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { AppError, messageOf } from '@release-manager/domain';

import { readProfile, type Profile } from './profile.ts';
import type { World } from './world.ts';

/** Which manager to ask, and as whom. */
export interface Connection {
  readonly url: string;
  readonly token?: string;
  /** Where the address came from, for `doctor` and `whoami`. */
  readonly source: 'flag' | 'environment' | 'login';
}

export interface ConnectionFlags {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/**
 * Flags, then RELEASE_MANAGER_URL and RELEASE_MANAGER_TOKEN, then what `login` stored. A stored token goes to the manager it
 * was stored for and to no other, so that a changed address never carries it away.
 * @throws AppError unauthenticated `cli.not-logged-in` when no address is known
 */
export async function resolveConnection(
  world: Pick<World, 'env' | 'cwd'>,
  flags: ConnectionFlags,
): Promise<Connection> {
  const fromEnvironment = nonEmpty(world.env['RELEASE_MANAGER_URL']);
  const explicit = flags.url ?? fromEnvironment;
  const token = await explicitToken(world, flags);
  const stored = explicit !== undefined && token !== undefined ? undefined : await readProfile(world.env);
  const url = explicit ?? stored?.url;
  if (url === undefined) {
    throw new AppError('unauthenticated', 'cli.not-logged-in', 'No release manager is configured.', {
      next: 'run `release-cli login <url>`, or set RELEASE_MANAGER_URL and RELEASE_MANAGER_TOKEN',
    });
  }
  const address = managerUrl(url);
  const chosen = token ?? tokenFor(address, stored);
  return {
    url: address,
    ...(chosen === undefined ? {} : { token: chosen }),
    source: flags.url !== undefined ? 'flag' : explicit !== undefined ? 'environment' : 'login',
  };
}

/** @throws AppError unauthenticated `cli.no-token` */
export function requireToken(connection: Connection): void {
  if (connection.token !== undefined) return;
  throw new AppError('unauthenticated', 'cli.no-token', `There is no token for ${connection.url}.`, {
    next: `run \`release-cli login ${connection.url}\`, or set RELEASE_MANAGER_TOKEN`,
  });
}

/**
 * The address in its one form: http or https, no credentials, no query, no final slash.
 * @throws AppError invalid `cli.url`
 */
export function managerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (
    url === undefined ||
    !isHttp ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new AppError('invalid', 'cli.url', 'The address of the manager must be a plain http or https URL.', {
      next: 'give it as https://release-manager.example.com, without user, password or query',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Tokens travel in the clear over http to anything but this machine. */
export function isExposed(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function tokenFor(address: string, stored: Profile | undefined): string | undefined {
  return stored !== undefined && stored.url === address ? stored.token : undefined;
}

async function explicitToken(world: Pick<World, 'env' | 'cwd'>, flags: ConnectionFlags): Promise<string | undefined> {
  if (flags.tokenFile === undefined) return nonEmpty(world.env['RELEASE_MANAGER_TOKEN']);
  try {
    return checkedToken(await readFile(resolve(world.cwd, flags.tokenFile), 'utf8'));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid', 'cli.token-file', `The token file cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

/** @throws AppError invalid `cli.token` for what cannot stand in an HTTP header; the text itself is never repeated. */
export function checkedToken(text: string): string {
  const token = text.trim();
  if (/^[\x21-\x7E]{8,4096}$/.test(token)) return token;
  throw new AppError(
    'invalid',
    'cli.token',
    'What was given as the token is not one: it is empty, too long or has spaces in it.',
    {
      next: 'copy the token again, as `release-cli token create` printed it',
    },
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed;
}
