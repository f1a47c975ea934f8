import type { IncomingMessage } from 'node:http';

/** One request of git's smart HTTP protocol, as far as it decides what may happen. */
export interface GitHttpRequest {
  /** Below the root, with `/` between folders and `.git` at the end. */
  readonly repository: string;
  readonly kind: 'advertise' | 'fetch' | 'push';
  /** Whether it is part of a push; its first step, which only reads, is one. */
  readonly write: boolean;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
}

const folder = '[A-Za-z0-9][A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]+)*';
const route = new RegExp(`^/((?:${folder}/){0,4}${folder}\\.git)/(info/refs|git-upload-pack|git-receive-pack)$`);
const services: ReadonlySet<string> = new Set(['git-upload-pack', 'git-receive-pack']);

/**
 * Reads method, path and credentials; `undefined` for everything that is not exactly one of the protocol's three requests.
 * Segments are plain words: no `..`, nothing percent-encoded, no hidden names, so a path cannot leave the root.
 */
export function parseGitHttpRequest(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
): GitHttpRequest | undefined {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const [, repository, action = ''] = (path.length > 1000 ? undefined : route.exec(path)) ?? [];
  const step = repository === undefined ? undefined : stepOf(request.method, action, query);
  if (repository === undefined || step === undefined) return undefined;
  return { repository, ...step, credentials: basicCredentials(request.headers.authorization) };
}

function stepOf(
  method: string | undefined,
  action: string,
  query: string,
): Pick<GitHttpRequest, 'kind' | 'write'> | undefined {
  if (action !== 'info/refs') {
    const write = action === 'git-receive-pack';
    return method === 'POST' ? { kind: write ? 'push' : 'fetch', write } : undefined;
  }
  const service = new URLSearchParams(query).get('service') ?? '';
  if (method !== 'GET' || !services.has(service)) return undefined;
  return { kind: 'advertise', write: service === 'git-receive-pack' };
}

function basicCredentials(header: string | undefined): GitHttpRequest['credentials'] {
  const encoded = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
